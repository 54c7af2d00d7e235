"""What a person is told about a data folder that can't be written, or soon can't."""

from typing import Final

from desktop.engine.errors import DiskFull, StorageBlocked
from desktop.engine.notices import Notice

RESERVED_BYTES: Final = 16 * 1024 * 1024
"""With less room than this a disk counts as full: the database could not even grow by one checkpoint."""

BLOCKED: Final = "storage-blocked"
LOW: Final = "storage-low"
SILENT: Final = "storage-silent"

_PAUSED: Final = "Tasks that ran are paused; everything that was recorded is kept."
_GOES_ON: Final = "The tasks go on by themselves"


def blocked_notice(obstacle: StorageBlocked, free: int | None, needed: int) -> Notice:
    """Why nothing is written now; on a full disk with the bytes that are free (None: not known) and needed."""
    if not isinstance(obstacle, DiskFull):
        return Notice(
            key=BLOCKED, message=f"{obstacle.message} {_PAUSED}", hint=f"{obstacle.hint} {_GOES_ON} once it works."
        )
    amounts = f"{size(needed)} are needed" if free is None else f"{size(free)} are free, {size(needed)} are needed"
    if free is not None and free >= needed:
        amounts = "there is room on it, but a quota or a limit on the size of files keeps Legwork from using it"
    return Notice(
        key=BLOCKED,
        message=f"The disk with {obstacle.folder} is full: {amounts}. {_PAUSED}",
        hint=f"Make room on it. {_GOES_ON} once there is enough.",
    )


def low_notice(folder: str, free: int) -> Notice:
    """There is still room, but not much."""
    return Notice(
        key=LOW,
        message=f"The disk with {folder} is nearly full: {size(free)} are free.",
        hint="Make room on it; once it is full, tasks wait.",
    )


def silent_notice(folder: str, writes: int) -> Notice:
    """Writes do not return."""
    waiting = "one change waits" if writes == 1 else f"{writes} changes wait"
    return Notice(
        key=SILENT,
        message=f"The disk with {folder} does not answer: {waiting} to be written. Everything recorded before is kept.",
        hint="Check the disk. Work goes on by itself once it answers.",
    )


def size(count: int) -> str:
    """A number of bytes: “480 MB”, “1.2 GB”, rounded so that it does not change with every block."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
