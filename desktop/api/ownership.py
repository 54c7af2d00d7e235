"""Who owns a data folder: the one process that runs the engine on it, and holds its lock as long as it lives."""

import contextlib
import os
from collections.abc import Iterator
from typing import Final

from filelock import FileLock, Timeout

from desktop.engine import DataFolderInUse, StorageFailed
from desktop.paths import Paths

_LOCK_SECONDS: Final = 0.2  # whoever only looks whether the folder is taken holds it for a moment


def is_owned(paths: Paths, wait_seconds: float = _LOCK_SECONDS) -> bool:
    """Whether some process runs the engine on that folder right now.

    Whoever does not wait may take another one that only looks for an owner.
    """
    if not paths.lock.exists():
        return False
    try:
        with _lock(paths, wait_seconds):
            return False
    except Timeout:
        return True
    except OSError:
        return False  # a folder that can't be written has no engine; whoever needs one is told by `prepare`


def owner_in_words(paths: Paths) -> str:
    """Who runs the engine there, for a message."""
    try:
        return f"process {int(paths.owner.read_text())}"
    except (OSError, ValueError):
        return "another process"


def in_use(paths: Paths) -> DataFolderInUse:
    """The error for a folder that another process owns."""
    return DataFolderInUse(
        f"Legwork already runs on the data folder {paths.data} ({owner_in_words(paths)}). Nothing was changed.",
        hint="Use the one that runs, or end it first.",
    )


def _lock(paths: Paths, wait_seconds: float) -> FileLock:
    return FileLock(paths.lock, timeout=wait_seconds, thread_local=False, mode=0o600)


@contextlib.contextmanager
def sole_owner(paths: Paths) -> Iterator[None]:
    """Hold the folder. The system itself lets go of the lock when the process ends, so a stale one can't be.

    What a killed owner announced is taken away: where it listened, anybody may listen by now.
    """
    lock = _lock(paths, _LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as taken:
        raise in_use(paths) from taken
    except OSError as error:
        raise StorageFailed(
            f"The data folder {paths.data} can't be locked ({error.strerror}). Nothing in it was changed.",
            hint="Move it to a local disk: some network drives can't lock files.",
        ) from error
    try:
        with contextlib.suppress(OSError):
            paths.engine.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it only serves messages
            paths.owner.write_text(str(os.getpid()))
        yield
    finally:
        with contextlib.suppress(OSError):
            paths.owner.unlink(missing_ok=True)
        lock.release()
