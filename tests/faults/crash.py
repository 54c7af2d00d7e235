"""Kills the process at a chosen commit or file: a file system for SQLite that counts what is written to the write-ahead
log, and an `os.fsync` that counts the files.
"""

import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import apsw

from tests.faults.launch import Crash

LOG_HEADER = 32  # bytes, https://www.sqlite.org/fileformat2.html#the_write_ahead_log; a frame's own has 24
NAME = "crashing"
REAL = apsw.vfs_names()[0]  # the file system that is the default before


class _Countdown:
    """Syncs of the log up to that of the crash: with synchronous=FULL each commit syncs its pages once."""

    def __init__(self, crash: Crash) -> None:
        self._crash = crash
        self._done = 0
        self._has_pages = False  # that were written since the last sync; a new log's header is synced by itself

    def writes(self, inner: apsw.VFSFile, data: bytes, offset: int) -> None:
        """A piece of a commit is to be written."""
        is_page = len(data) > LOG_HEADER
        self._has_pages = self._has_pages or is_page
        if self._done + 1 == self._crash.number:
            if self._crash.moment == "before_commit":
                _die()
            if self._crash.moment == "within_commit" and is_page:
                apsw.VFSFile.xWrite(inner, data[: len(data) // 2], offset)
                _die()

    def synced(self) -> None:
        """The log is on disk, and with it a commit, if one was written."""
        if not self._has_pages:
            return
        self._has_pages = False
        self._done += 1
        if self._done == self._crash.number and self._crash.moment == "after_commit":
            _die()


class _Log(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any, countdown: _Countdown) -> None:
        super().__init__(REAL, name, flags)
        self._countdown = countdown

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._countdown.writes(self, data, offset)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        self._countdown.synced()


class _Files(apsw.VFS):
    """The real file system, with a log that ends the process."""

    def __init__(self, crash: Crash) -> None:
        super().__init__(NAME, REAL, makedefault=True)
        self._countdown = _Countdown(crash)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        if flags[0] & apsw.SQLITE_OPEN_WAL:
            return _Log(name, flags, self._countdown)
        return apsw.VFSFile(REAL, name, flags)


@contextmanager
def crashing(crash: Crash | None) -> Iterator[None]:
    """Let the crash happen when its moment comes."""
    if crash is not None and crash.moment == "within_file":
        _crash_in_file(crash.number)
    files = None if crash is None else _Files(crash)
    yield
    del files  # SQLite knows it as long as it is kept


def _crash_in_file(number: int) -> None:
    sync, files = os.fsync, count(1)

    def crash(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and next(files) == number:
            _die()
        sync(descriptor)

    os.fsync = crash


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
