"""Brings models from a hub to this machine. The door of this package: `Downloads`."""

from desktop.models.downloading.errors import DownloadFailed, Interrupted, Mismatch, NoRoom, NotAdmitted
from desktop.models.downloading.hub import HUB, Hub
from desktop.models.downloading.owner import Downloads
from desktop.models.downloading.retrying import Patience

__all__ = [
    "HUB",
    "DownloadFailed",
    "Downloads",
    "Hub",
    "Interrupted",
    "Mismatch",
    "NoRoom",
    "NotAdmitted",
    "Patience",
]
