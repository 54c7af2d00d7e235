"""What SQLite asks of a disk, written down; and what the disk may hold when the power fails in the middle of it.

A disk holds all that was synced, and any part of what was not: each write may be there, be missing, or be torn at the
end of a sector. Writes between two syncs may come in any order.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

REAL = "unix"
RECORDED = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL
SECTOR = 512
CHANCE_OF_A_WRITE = 0.4
CHANCE_OF_A_PART = 0.1


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place of a file."""

    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncation:
    """A file gets shorter."""

    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was done to a file is on disk."""

    file: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The application was told that so much is kept."""

    number: int


Operation = Write | Truncation | Sync | Acknowledged


class Recorder(apsw.VFS):
    """The file system for all of SQLite in this process; to be made before the first connection."""

    def __init__(self) -> None:
        super().__init__("recorded", REAL, makedefault=True)
        self.log: list[Operation] = []
        self._is_on = False

    @contextmanager
    def on(self) -> Iterator[None]:
        """Write down what happens in the block."""
        self._is_on = True
        try:
            yield
        finally:
            self._is_on = False

    def note(self, operation: Operation) -> None:
        """Write that down, if anything is written down now."""
        if self._is_on:
            self.log.append(operation)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        """A file that is written down, where it is of a database."""
        return _File(self, name, flags) if flags[0] & RECORDED else apsw.VFSFile(REAL, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: Any, flags: list[int]) -> None:
        self._recorder = recorder
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        super().__init__(REAL, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._recorder.note(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        self._recorder.note(Truncation(self._name, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        self._recorder.note(Sync(self._name))


@dataclass
class Disk:
    """A disk on which operations are done one after the other, from what it held at the beginning."""

    files: dict[str, bytearray]
    acknowledged: int = 0
    _waiting: dict[str, list[Write | Truncation]] = field(default_factory=dict)

    def do(self, operation: Operation) -> None:
        """The next operation."""
        match operation:
            case Acknowledged(number):
                self.acknowledged = number
            case Sync(file):
                for waiting in self._waiting.pop(file, []):
                    self._apply(waiting)
            case Write() | Truncation():
                self._waiting.setdefault(operation.file, []).append(operation)

    def fail(self, chance: random.Random, folder: Path) -> None:
        """Write into a folder what may be on the disk when the power fails now."""
        kept = {name: bytearray(content) for name, content in self.files.items()}
        for operations in self._waiting.values():
            for operation in operations:
                drawn = chance.random()
                if drawn < CHANCE_OF_A_WRITE:
                    self._apply(operation)
                elif drawn < CHANCE_OF_A_WRITE + CHANCE_OF_A_PART and isinstance(operation, Write):
                    sectors = chance.randint(0, max(1, len(operation.data) // SECTOR))
                    self._apply(Write(operation.file, operation.offset, operation.data[: SECTOR * sectors]))
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        self.files = kept  # the disk itself goes on

    def _apply(self, operation: Write | Truncation) -> None:
        content = self.files.setdefault(operation.file, bytearray())
        if isinstance(operation, Truncation):
            del content[operation.size :]
            return
        content.extend(bytes(max(0, operation.offset - len(content))))
        content[operation.offset : operation.offset + len(operation.data)] = operation.data
