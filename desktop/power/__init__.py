"""Keeps the machine from going to sleep while there is work."""

from desktop.power.left_alone import LeftAlone
from desktop.power.sleep_inhibitor import SleepInhibitor

__all__ = ["LeftAlone", "SleepInhibitor"]
