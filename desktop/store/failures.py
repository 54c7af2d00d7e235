"""What SQLite and the file system report, in words that a person can act on."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw
import msgspec

from desktop.engine import RESERVED_BYTES, DiskFull, StorageBlocked, StorageFailed
from desktop.store.folders import BACKUPS


class DatabaseDamaged(StorageFailed):
    """The database, or part of it, is not what was written there. `what` says how, to go on after its name.

    `is_readable` is false where even what reads well may be of different times.
    """

    def __init__(self, path: Path, what: str, *, is_readable: bool = True) -> None:
        hint = _RESTORE if any((path.parent / BACKUPS).glob("*.db")) else _NO_BACKUP
        super().__init__(f"The database {path} {what}. Nothing was changed.", hint=hint)
        self.what = what
        self.is_readable = is_readable


_NO_BACKUP: Final = "Put a backup in its place, or move it away to begin anew."
_RESTORE: Final = "Start Legwork, or 'legwork serve': it puts the newest backup that is whole in its place."
_KEPT: Final = "Everything that was recorded before is kept."
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_MAY_PASS: Final = frozenset(
    {errno.EIO, errno.ENODEV, errno.ENXIO, errno.EBUSY, errno.ETIMEDOUT, errno.ENOTCONN, errno.EMFILE, errno.ENFILE}
    | {getattr(errno, name) for name in ("ESTALE", "EHOSTDOWN") if hasattr(errno, name)}
)
"""What a disk reports that is gone for a while, or a system that is short of something for a while."""

_BAD_DATA: Final = frozenset({apsw.SQLITE_IOERR_DATA, apsw.SQLITE_IOERR_SHORT_READ, apsw.SQLITE_IOERR_CORRUPTFS})

_WORDS: Final[tuple[tuple[type[Exception], type[StorageFailed], str, str], ...]] = (
    (
        apsw.ReadOnlyError,
        StorageBlocked,
        "The data folder {folder} can't be written.",
        "Allow writing to it, or move it with LEGWORK_DATA_DIR.",
    ),
    (
        apsw.CantOpenError,
        StorageBlocked,
        "The database in {folder} can't be opened.",
        "Check that the folder is there and may be written, or move it with LEGWORK_DATA_DIR.",
    ),
    (
        apsw.IOError,
        StorageBlocked,
        "The disk with {folder} reports an error.",
        "Check the disk and the space on it.",
    ),
    (
        apsw.BusyError,
        StorageBlocked,
        "Another program holds the database in {folder}.",
        "End it, or wait until it is done.",
    ),
)


def storage_failure(error: BaseException, path: Path) -> StorageFailed:
    """The failure for a person. peewee may hide the cause in `__context__`, so that is searched too."""
    names = {"folder": path.parent, "file": path}
    for cause in _causes(error):
        if isinstance(cause, OSError):
            return os_failure(cause, path.parent)
        if what := damage_of(cause):
            return DatabaseDamaged(path, what)
        if isinstance(cause, apsw.FullError) or (isinstance(cause, apsw.IOError) and _has_no_room(path.parent)):
            return _full(path.parent)
        for kind, failure, message, hint in _WORDS:
            if isinstance(cause, kind):
                return failure(f"{message.format(**names)} {_KEPT}", hint=hint)
    return StorageFailed(
        f"The database in {path.parent} could not be used ({error}). {_KEPT}",
        hint="Try again; `legwork doctor` says more.",
    )


def damage_of(error: BaseException) -> str:
    """What is wrong with a database that this error came from, to go on after its name; nothing where it is another."""
    if isinstance(error, apsw.NotADBError):
        return "is not a database any more"
    if isinstance(error, msgspec.DecodeError):
        return "is damaged: it holds a record that can't be read"
    if isinstance(error, apsw.CorruptError):
        return "is damaged"
    if isinstance(error, apsw.IOError) and getattr(error, "extendedresult", None) in _BAD_DATA:
        return "is damaged: the disk gave back other data than was written"
    return ""


def what_is_damaged(error: BaseException) -> str:
    """The same for an error whose cause may be hidden in it."""
    return next(filter(None, map(damage_of, _causes(error))), "")


def os_failure(error: OSError, folder: Path, needed: int | None = None) -> StorageFailed:
    """The failure for a person, of a file in that folder, for which `needed` bytes were to be written."""
    if error.errno in _FULL:
        return _full(folder, needed)
    if error.errno in _FORBIDDEN:
        return StorageBlocked(
            f"The data folder {folder} can't be written. {_KEPT}",
            hint="Allow writing to it, or move it with LEGWORK_DATA_DIR.",
        )
    failure = StorageBlocked if error.errno in _MAY_PASS else StorageFailed
    return failure(f"The disk with {folder} reports an error ({error.strerror}). {_KEPT}", hint="Check the disk.")


def _has_no_room(folder: Path) -> bool:
    """Whether the disk is so full that it need not have failed otherwise: SQLite does not tell in all places."""
    free = _free(folder)
    return free is not None and free < RESERVED_BYTES


def _free(folder: Path) -> int | None:
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def _full(folder: Path, needed: int | None = None) -> DiskFull:
    return DiskFull(
        f"The disk with {folder} is full. {_KEPT}",
        hint="Make room on it.",
        folder=str(folder),
        free=_free(folder),
        needed=needed,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        cause = todo.pop(0)
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            todo += [cause.__cause__, cause.__context__]
