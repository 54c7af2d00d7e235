"""Folders as they have to be synced: a file is only on disk for good once each folder on the way to it is."""

import errno
import os
from pathlib import Path
from typing import Final

BACKUPS: Final = "backups"
"""The folder beside the database with its copies."""


def sync_folders(lowest: Path, highest: Path) -> None:
    """Put on disk what these folders hold by name: `lowest`, `highest` above it, and all between them."""
    for folder in (lowest, *lowest.parents):
        sync_folder(folder)
        if folder == highest:
            return


def sync_folder(folder: Path) -> None:
    """Put on disk what the folder holds by name. Systems other than POSIX do so by themselves."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems have nothing to sync in a folder
            raise
    finally:
        os.close(handle)
