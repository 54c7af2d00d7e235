"""What a damaged write-ahead log has lost. SQLite reads it up to the first frame that does not fit, and says nothing.

That is right for a frame that was never synced: a transaction without its last frame was not acknowledged. Two things
tell that more was lost. The index beside the log (`-shm`) is updated after a transaction was synced, and it outlives
the process that is killed. And where frames of a later transaction follow a broken one, that was synced before them.
The formats: https://www.sqlite.org/walformat.html.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_LOG_HEADER: Final = struct.Struct(">IIII8sII")
_FRAME_HEADER: Final = struct.Struct(">II8sII")
_INDEX_HEADER: Final = struct.Struct("=III2BHII2I8s2I")
_INDEX_TAIL: Final = struct.Struct("=I28xI")
"""After two copies of the header: how many frames are in the database, and how many were begun to be put there."""

_PAGE_NUMBER: Final = struct.Struct(">I")

_MAGIC: Final = 0x377F0682
_MASK: Final = 0xFFFFFFFF
_SMALLEST_PAGE: Final = 512
_LARGEST_PAGE: Final = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class LostChanges:
    """Acknowledged transactions are gone. Without them the rest is either as it was some time ago, or a mixture."""

    is_mixture: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    salts: bytes
    frames: int
    put: int
    begun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    salts: bytes | None = None  # None: there is no log, or its header is damaged
    committed: int = 0  # whole frames up to the end of a transaction
    whole: int = 0
    was_synced_further: bool = False


def find_lost_changes(database: Path) -> LostChanges | None:
    """What the log of a database that nobody writes has lost; None where nothing is known to be.

    Also right while somebody writes, as long as `database` is not replaced meanwhile.
    """
    while True:
        index = _read_index(_beside(database, "-shm"))
        log = _read_log(_beside(database, "-wal"))
        if _read_index(_beside(database, "-shm")) == index:
            return _compare(index, log)


def pages_in_log(database: Path) -> frozenset[int]:
    """The numbers of the pages of which the log has a version, be it an old one."""
    frames = _frames(_content(_beside(database, "-wal")))
    return frozenset() if frames is None else frozenset(frames.pages())


def _beside(database: Path, ending: str) -> Path:
    return database.with_name(f"{database.name}{ending}")


def _compare(index: _Index | None, log: _Log) -> LostChanges | None:
    if index is not None and index.salts == log.salts:
        if log.whole >= index.frames:
            return None
        return LostChanges(is_mixture=max(index.put, index.begun) > log.committed)
    if index is not None and log.salts is None and index.put < index.frames:
        return LostChanges(is_mixture=index.begun > index.put)
    return LostChanges(is_mixture=True) if log.was_synced_further else None


def _read_index(path: Path) -> _Index | None:
    """None where it says nothing: it is gone, torn, or of a time before the machine was started."""
    with suppress(OSError):
        if path.stat().st_mtime < psutil.boot_time():  # what is in it was never synced
            return None
        content = path.read_bytes()[: 2 * _INDEX_HEADER.size + _INDEX_TAIL.size]
        first, second = content[: _INDEX_HEADER.size], content[_INDEX_HEADER.size : 2 * _INDEX_HEADER.size]
        if len(content) < 2 * _INDEX_HEADER.size + _INDEX_TAIL.size or first != second:
            return None
        *_, frames, _pages, _sum1, _sum2, salts, check1, check2 = _INDEX_HEADER.unpack(first)
        put, begun = _INDEX_TAIL.unpack(content[2 * _INDEX_HEADER.size :])
        words = struct.unpack(f"={(_INDEX_HEADER.size - 8) // 4}I", first[:-8])
        if _checksum(words, (0, 0)) == (check1, check2):
            return _Index(salts=salts, frames=frames, put=put, begun=begun)
    return None


def _read_log(path: Path) -> _Log:
    frames = _frames(_content(path))
    return _Log() if frames is None else _follow(frames)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _frames(content: bytes) -> "_Frames | None":
    if len(content) < _LOG_HEADER.size:
        return None
    magic, _, page, _, salts, check1, check2 = _LOG_HEADER.unpack_from(content)
    order = ">" if magic & 1 else "<"
    begun = _checksum(struct.unpack_from(f"{order}6I", content), (0, 0))
    if magic & ~1 != _MAGIC or not _SMALLEST_PAGE <= page <= _LARGEST_PAGE or begun != (check1, check2):
        return None
    return _Frames(content, page, salts, order, begun)


class _Frames:
    """The frames of a log, as they lie in it."""

    def __init__(self, content: bytes, page: int, salts: bytes, order: str, begun: tuple[int, int]) -> None:
        self.salts = salts
        self.begun = begun
        self._content = content
        self._size = _FRAME_HEADER.size + page
        self._words = struct.Struct(f"{order}{page // 4}I")
        self._start = struct.Struct(f"{order}2I")

    def of_this_log(self) -> Iterator[tuple[int, bool, tuple[int, int]]]:
        """Where each frame with the log's salts begins, whether it ends a transaction, and its checksum."""
        for at in range(_LOG_HEADER.size, len(self._content) - self._size + 1, self._size):
            _, pages, salts, check1, check2 = _FRAME_HEADER.unpack_from(self._content, at)
            if salts == self.salts:
                yield at, pages > 0, (check1, check2)

    def pages(self) -> Iterator[int]:
        """The page that each of them is a version of."""
        for at, _, _ in self.of_this_log():
            (number,) = _PAGE_NUMBER.unpack_from(self._content, at)
            yield number

    def number(self, at: int) -> int:
        """Which frame begins there, from 1."""
        return (at - _LOG_HEADER.size) // self._size + 1

    def checksum(self, at: int, before: tuple[int, int]) -> tuple[int, int]:
        """The checksum that the frame should have, after the one before it."""
        before = _checksum(self._start.unpack_from(self._content, at), before)
        return _checksum(self._words.unpack_from(self._content, at + _FRAME_HEADER.size), before)


def _follow(frames: _Frames) -> _Log:
    whole = committed = 0
    checksum, broken, ended_after = frames.begun, False, False
    for at, ends, stated in frames.of_this_log():
        if ended_after:
            return _Log(salts=frames.salts, committed=committed, whole=whole, was_synced_further=True)
        if not broken:
            broken = frames.number(at) != whole + 1 or frames.checksum(at, checksum) != stated
        if broken:
            ended_after = ends
            continue
        whole, checksum = whole + 1, stated
        committed = whole if ends else committed
    return _Log(salts=frames.salts, committed=committed, whole=whole)


def _checksum(words: tuple[int, ...], before: tuple[int, int]) -> tuple[int, int]:
    first, second = before
    pairs = iter(words)
    for even, odd in zip(pairs, pairs, strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
