"""Brings models from a hub to this machine. The door of this package: `Downloads`."""

from desktop.models.downloading.errors import DownloadFailed, Interrupted, Mismatch, NoRoom, NotAdmitted
from desktop.models.downloading.hub import HUB, Hub
from desktop.models.downloading.owner import Downloads, Listener
from desktop.models.downloading.retrying import Patience
from desktop.models.downloading.status import DownloadState, DownloadStatus

__all__ = [
    "HUB",
    "DownloadFailed",
    "DownloadState",
    "DownloadStatus",
    "Downloads",
    "Hub",
    "Interrupted",
    "Listener",
    "Mismatch",
    "NoRoom",
    "NotAdmitted",
    "Patience",
]
