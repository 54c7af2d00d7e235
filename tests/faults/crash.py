"""Kills the process at a chosen commit: a file system for SQLite that counts what is written to the write-ahead log."""

import os
import signal
from typing import Any

import apsw

from tests.faults.launch import Crash

FRAME_HEADER = 24  # bytes, https://www.sqlite.org/fileformat2.html#the_write_ahead_log
NAME = "crashing"
REAL = apsw.vfs_names()[0]  # the file system that is the default before


class _Countdown:
    """Syncs of the log up to the one that the crash belongs to: with synchronous=FULL each commit syncs it once."""

    def __init__(self, crash: Crash) -> None:
        self._crash = crash
        self._done = 0

    def writes(self, inner: apsw.VFSFile, data: bytes, offset: int) -> None:
        """A piece of a commit is to be written."""
        if self._done + 1 == self._crash.number:
            if self._crash.moment == "before":
                _die()
            if self._crash.moment == "within" and len(data) > FRAME_HEADER:
                apsw.VFSFile.xWrite(inner, data[: len(data) // 2], offset)
                _die()

    def synced(self) -> None:
        """A commit is on disk."""
        self._done += 1
        if self._done == self._crash.number and self._crash.moment == "after":
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


class CrashingFiles(apsw.VFS):
    """The real file system, with a log that ends the process."""

    def __init__(self, crash: Crash) -> None:
        super().__init__(NAME, REAL, makedefault=True)
        self._countdown = _Countdown(crash)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        if flags[0] & apsw.SQLITE_OPEN_WAL:
            return _Log(name, flags, self._countdown)
        return apsw.VFSFile(REAL, name, flags)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
