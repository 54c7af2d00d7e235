"""GGUF files as they were in summer 2023: version 1 of the format, with lengths and counts of 32 bits."""

import struct
from pathlib import Path

from desktop.models.gguf.kinds import ARRAY, SCALARS, STRING

ALIGNMENT = 32


def write_as_first_version(path: Path) -> Path:
    """Turn a file of version 3 into one of version 1 with the same model in it."""
    path.write_bytes(_Turner(path.read_bytes()).turned())
    return path


class _Turner:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 8
        self._new = bytearray(b"GGUF" + struct.pack("<I", 1))

    def turned(self) -> bytes:
        tensors, properties = self._length(), self._length()
        for _ in range(properties):
            self._text()
            self._value(self._kind())
        for _ in range(tensors):
            self._text()
            for _ in range(self._kind()):
                self._length()
            self._copy(12)
        old = self._at + -self._at % ALIGNMENT
        return bytes(self._new.ljust(len(self._new) + -len(self._new) % ALIGNMENT, b"\0")) + self._content[old:]

    def _value(self, kind: int) -> None:
        if kind == STRING:
            self._text()
        elif kind == ARRAY:
            items = self._kind()
            for _ in range(self._length()):
                self._value(items)
        else:
            self._copy(SCALARS[kind].size)

    def _text(self) -> None:
        self._copy(self._length())

    def _kind(self) -> int:
        return int.from_bytes(self._copy(4), "little")

    def _length(self) -> int:
        (length,) = struct.unpack_from("<Q", self._content, self._at)
        self._at += 8
        self._new += struct.pack("<I", length)
        return int(length)

    def _copy(self, count: int) -> bytes:
        copied = self._content[self._at : self._at + count]
        self._at += count
        self._new += copied
        return copied
