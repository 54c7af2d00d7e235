"""Tells the person what happened while they were elsewhere."""

from desktop.notify.desktop_notifier import DesktopNotifier
from desktop.notify.means import find_obstacle
from desktop.notify.silent_notifier import SilentNotifier

__all__ = ["DesktopNotifier", "SilentNotifier", "find_obstacle"]
