"""What SQLite and the file system report, in words that a person can act on."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import msgspec

from desktop.engine import StorageFailed

_KEPT: Final = "Everything that was recorded before is kept."

_WORDS: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (apsw.FullError, "The disk with {folder} is full.", "Make room on it, then try again."),
    (
        apsw.ReadOnlyError,
        "The data folder {folder} can't be written.",
        "Allow writing to it, or move it with LEGWORK_DATA_DIR.",
    ),
    (
        apsw.CantOpenError,
        "The database in {folder} can't be opened.",
        "Check that the folder is there and may be written, or move it with LEGWORK_DATA_DIR.",
    ),
    (
        apsw.NotADBError,
        "The file {file} is not a database.",
        "Put a backup in its place, or move it away to begin anew.",
    ),
    (apsw.CorruptError, "The database {file} is damaged.", "Put a backup in its place, or move it away to begin anew."),
    (
        msgspec.DecodeError,
        "The database {file} holds a record that can't be read: it is damaged.",
        "Put a backup in its place, or move it away to begin anew.",
    ),
    (apsw.IOError, "The disk with {folder} reports an error.", "Check the disk and the space on it, then try again."),
    (apsw.BusyError, "Another program holds the database in {folder}.", "End it, then try again."),
)


def storage_failure(error: BaseException, path: Path) -> StorageFailed:
    """The failure for a person. peewee may hide the cause in `__context__`, so that is searched too."""
    names = {"folder": path.parent, "file": path}
    for cause in _causes(error):
        if isinstance(cause, OSError):
            return os_failure(cause, path.parent)
        for kind, message, hint in _WORDS:
            if isinstance(cause, kind):
                return StorageFailed(f"{message.format(**names)} {_KEPT}", hint=hint)
    return StorageFailed(
        f"The database in {path.parent} could not be used ({error}). {_KEPT}",
        hint="Try again; `legwork doctor` says more.",
    )


def os_failure(error: OSError, folder: Path) -> StorageFailed:
    """The failure for a person, of a file in that folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFailed(f"The disk with {folder} is full. {_KEPT}", hint="Make room on it, then try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageFailed(
            f"The data folder {folder} can't be written. {_KEPT}",
            hint="Allow writing to it, or move it with LEGWORK_DATA_DIR.",
        )
    return StorageFailed(
        f"The disk with {folder} reports an error ({error.strerror}). {_KEPT}", hint="Check the disk, then try again."
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
