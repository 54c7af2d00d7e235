"""Bytes of a file that is not trusted, read forward through a window of fixed size."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from desktop.models.gguf.refusals import CutShort, Malformed

WINDOW_BYTES: Final = 1 << 18
MOST_HEAD_BYTES: Final = 1 << 28
"""Everything before the weights: the largest vocabularies, with their merges and templates, take a tenth of this."""
LENGTH: Final = struct.Struct("<Q")


class Source:
    """Reads forward, believes no length that the rest of the file couldn't bear out, and holds one window of it.

    A file that is mapped into memory instead would end the process where somebody shortens it meanwhile.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._limit = min(size, MOST_HEAD_BYTES)
        self._base = 0  # of the window, in the file
        self._window = b""
        self._at = 0  # in the window

    @property
    def position(self) -> int:
        """Bytes from the beginning of the file."""
        return self._base + self._at

    def number(self, size: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.take(size), "little")

    def take(self, count: int) -> bytes:
        """The next bytes."""
        self._require(count)
        end = self._at + count
        if end > len(self._window):
            self._refill(count)
            end = count
        taken = self._window[end - count : end]
        self._at = end
        return taken

    def skip(self, count: int) -> None:
        """Pass over bytes without reading them."""
        self._require(count)
        self.go_to(self.position + count)

    def go_to(self, position: int) -> None:
        """Read on from there."""
        at = position - self._base
        if not 0 <= at <= len(self._window):
            self._base, self._window, at = position, b"", 0
        self._at = at

    def believe(self, count: int, size: int, what: str) -> None:
        """Refuse a count of things of at least so many bytes each that can't all be in the rest of the file."""
        left = self._size - self.position
        if count * size > left:
            raise CutShort(f"{count:,} {what} are announced, and {left:,} bytes are left")

    def texts(self, count: int) -> Iterator[int]:
        """Pass over so many texts, and give the place of each in `peek`'s terms while it stands in the window.

        This is the inner loop over vocabularies: 256,000 texts in a tenth of a second.
        """
        unpack = LENGTH.unpack_from
        for _ in range(count):
            if self._at + LENGTH.size > len(self._window):
                self._require(LENGTH.size)
                self._refill(LENGTH.size)
            (length,) = unpack(self._window, self._at)
            self._at += LENGTH.size
            yield length
            at = self._at + length
            if at <= len(self._window):
                self._at = at
            else:
                self.skip(length)

    def peek(self) -> int:
        """The next byte, or -1 at the end of the file. Reads nothing away."""
        if self._at >= len(self._window):
            self._refill(1)
        return self._window[self._at] if self._at < len(self._window) else -1

    def look(self, count: int) -> bytes:
        """The next bytes, which stay to be read."""
        position = self.position
        found = self.take(count)
        self.go_to(position)
        return found

    def _require(self, count: int) -> None:
        end = self.position + count
        if end > self._size:
            raise CutShort("it ends in the middle of its head")
        if end > self._limit:
            raise Malformed(f"its head has more than {MOST_HEAD_BYTES:,} bytes")

    def _refill(self, count: int) -> None:
        """Let the window begin here, with at least so many bytes in it unless the file was shortened."""
        self._base, self._at = self.position, 0
        self._file.seek(self._base)
        self._window = self._file.read(max(count, WINDOW_BYTES))
        if len(self._window) < count:
            raise CutShort("it ends in the middle of its head")
