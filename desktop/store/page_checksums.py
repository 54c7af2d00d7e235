"""A checksum at the end of every page of the database, so that no damaged byte is ever read as good.

SQLite's own checksum VFS does it (https://www.sqlite.org/cksumvfs.html), which apsw brings along: it writes the
checksum with a page, and a page that is read and does not match raises an error. Pages in the write-ahead log have
checksums there, which SQLite checks when it takes up the log of a process that was killed.

Whoever opens the database to write without it spoils the checksums of the pages that change.
"""

import os
import struct
from functools import cache
from pathlib import Path
from typing import Final

import apsw

from desktop.engine import StorageFailed
from desktop.store.own_handle import reading

CHECKSUM_BYTES: Final = 8
"""What each page keeps free at its end. That many, and only that many, mean: there is a checksum."""

INCREMENTAL: Final = "incremental"
"""SQLite's way of giving back pages that hold nothing, when it is asked to: the file can become shorter."""

_HEADER: Final = struct.Struct(">16s4xB39xI36x")
"""The first 100 bytes of a database: its magic, the bytes kept free in a page, and the version of the schema."""

_MAGIC: Final = b"SQLite format 3\0"


@cache
def use_page_checksums() -> None:
    """Let every connection of this process from now on keep and check them. Raises `StorageFailed`."""
    from apsw import sqlite_extra

    connection = apsw.Connection(":memory:")
    try:
        sqlite_extra.load(connection, "cksumvfs")
    except (sqlite_extra.NotAvailable, apsw.Error, OSError) as error:
        raise StorageFailed(
            f"This installation lacks the part of SQLite that finds damage ({error}). Nothing was changed.",
            hint="Install Legwork again.",
        ) from error
    finally:
        connection.close()


def keep_checksums(connection: apsw.Connection) -> None:
    """Let a database that has no page yet keep them. It has to be asked for before anything else."""
    connection.reserve_bytes(None, CHECKSUM_BYTES)
    connection.pragma("auto_vacuum", INCREMENTAL)
    connection.pragma("user_version", 0)  # the first page: pages that are written before it would lack theirs


def write_anew(source: Path, target: Path) -> None:
    """Write a database that has no checksums into a new file with them. Raises `apsw.Error`.

    SQLite writes most pages of the new file before the first one, from which the checksum VFS learns that there are
    checksums to keep; so all are written once more.
    """
    use_page_checksums()
    connection = apsw.Connection(str(source))
    try:
        connection.reserve_bytes(None, CHECKSUM_BYTES)
        connection.pragma("auto_vacuum", INCREMENTAL)
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    connection = apsw.Connection(str(target))
    try:
        connection.pragma("checksum_verification", "off")
        connection.pragma("journal_mode", "off")
        connection.execute("VACUUM")
    finally:
        connection.close()


def header_of(path: Path) -> tuple[bool, int] | None:
    """Whether the database keeps checksums, and its schema's version; None where it has no header of a database."""
    with reading(path) as file:
        start = file.xRead(_HEADER.size, 0)
    if len(start) < _HEADER.size:
        return None
    magic, reserved, version = _HEADER.unpack(start)
    return (reserved == CHECKSUM_BYTES, version) if magic == _MAGIC else None


def sync_file(path: Path) -> None:
    """Put the content of a file on disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
