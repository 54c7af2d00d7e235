"""Reads the file of a database that connections of this process may have open.

On Unix a process has one set of locks for a file, and loses all of them when it closes any handle of it: other programs
would take the database for unused, and do away with the log under our hands. SQLite's own file layer knows of that,
and keeps such handles open for as long as it has to (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

_CHECKSUMS: Final = "cksmvfs"
"""The layer that checks what is read: here a page may be anything."""


@contextmanager
def reading(path: Path) -> Iterator[apsw.VFSFile]:
    """The file while the block lasts, to be read with `xRead(amount, offset)`. Raises `OSError` or `apsw.Error`."""
    path.stat()
    layer = next(name for name in apsw.vfs_names() if name != _CHECKSUMS)
    file = apsw.VFSFile(layer, str(path), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
    try:
        yield file
    finally:
        file.xClose()
