"""Holds off the sleep that an idle machine falls into, through wakepy: D-Bus, `caffeinate`, or Windows' own call.

The screen may go dark and lock, and a closed lid still means what the person set it to mean.
"""

import asyncio
import logging
import threading
from typing import Final

logger = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 5.0
"""How long a close waits for the desktop to take note; what it was asked for ends with this process anyway."""


class SleepInhibitor:
    """Keeps the machine awake while that is wanted. Where it can't it says so once in the log, and work goes on.

    Each time it is wanted has a thread: wakepy's calls wait for the desktop, seconds where that hangs, and want to be
    taken back by the thread that made them.
    """

    def __init__(self) -> None:
        self._release: threading.Event | None = None  # set once the machine may sleep again
        self._threads: list[threading.Thread] = []
        self._told_obstacle = threading.Event()

    def keep_awake(self, wanted: bool) -> None:
        """Begin or end to keep the machine awake; returns at once, and asking again changes nothing."""
        if wanted == (self._release is not None):
            return
        if self._release is not None:
            self._release.set()
            self._release = None
            return
        self._release = threading.Event()
        thread = threading.Thread(target=self._hold, args=(self._release,), name="keep awake", daemon=True)
        self._threads = [*(known for known in self._threads if known.is_alive()), thread]
        thread.start()

    async def close(self) -> None:
        """Let the machine sleep again."""
        self.keep_awake(False)
        for thread in self._threads:
            await asyncio.to_thread(thread.join, CLOSE_SECONDS)

    def _hold(self, release: threading.Event) -> None:
        try:
            from wakepy import keep  # not before there is work: no start waits for it

            with keep.running(on_fail="pass") as mode:
                if not mode.active:
                    self._tell_once(mode.result.get_failure_text(style="inline"))
                release.wait()
        except Exception as error:  # noqa: BLE001 - the edge of a thread, and of whatever the desktop answers
            self._tell_once(f"{type(error).__name__}: {error}")

    def _tell_once(self, obstacle: str) -> None:
        if not self._told_obstacle.is_set():
            self._told_obstacle.set()
            logger.info("the machine is not kept awake while tasks run: %s", obstacle)
