"""Notifications of the desktop, through plyer."""

import asyncio
import logging
import os
import sys
import warnings
from typing import Final

from desktop.engine import Task
from desktop.notify.means import find_obstacle
from desktop.notify.wording import body, heading

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS: Final = 10


class DesktopNotifier:
    """Shows a notification when a task ends. Where there is no desktop it says so once in the log, and is silent."""

    def __init__(self) -> None:
        self._told_obstacle = False

    async def notify(self, task: Task) -> None:
        """Show what became of the task. Never raises: a notification is no reason for anything to fail."""
        obstacle = find_obstacle(os.environ)
        if obstacle:
            self._tell_once(obstacle)
            return
        try:
            await asyncio.to_thread(_show, heading(task), body(task, markup=sys.platform.startswith("linux")))
        except Exception:
            # The edge of a thread, and of a library that raises whatever the platform's interfaces raise.
            logger.exception("the notification could not be shown")

    def _tell_once(self, obstacle: str) -> None:
        if not self._told_obstacle:
            self._told_obstacle = True
            logger.info("no notifications: %s", obstacle)


def _show(title: str, message: str) -> None:
    with warnings.catch_warnings():
        # plyer warns wherever the Python package dbus is missing; it then uses notify-send.
        warnings.simplefilter("ignore")
        from plyer import notification  # type: ignore[import-untyped]

        notification.notify(title=title, message=message, app_name="Legwork", timeout=_TIMEOUT_SECONDS)
