"""Bytes of a file that is not trusted, read forward through a window of fixed size."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from desktop.models.gguf.refusals import CutShort, Malformed

WINDOW_BYTES: Final = 1 << 18
MOST_HEAD_BYTES: Final = 1 << 28
"""Everything before the weights: the largest vocabularies, with their merges and templates, take a tenth of this."""
LENGTH: Final = struct.Struct("<Q")
SHORT_LENGTH: Final = struct.Struct("<I")
"""How lengths and counts were written in version 1 of the format."""


class Source:
    """Reads forward, believes no length that the rest of the file couldn't bear out, and holds one window of it.

    A file that is mapped into memory instead would end the process where somebody shortens it meanwhile. `most` is how
    much of the file may be read or passed over; lengths take `layout`, which a head may change once it is known.
    """

    def __init__(self, file: BinaryIO, size: int, *, most: int = MOST_HEAD_BYTES) -> None:
        self.layout = LENGTH
        self._file = file
        self._size = size
        self._most = most
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

    def length(self) -> int:
        """A length or count, as wide as the format has them."""
        return self.number(self.layout.size)

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
        unpack, width = self.layout.unpack_from, self.layout.size
        for _ in range(count):
            if self._at + width > len(self._window):
                self._require(width)
                self._refill(width)
            (length,) = unpack(self._window, self._at)
            self._at += width
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
        if end > self._most:
            raise Malformed(f"its head has more than {self._most:,} bytes")

    def _refill(self, count: int) -> None:
        """Let the window begin here, with at least so many bytes in it unless the file was shortened."""
        self._base, self._at = self.position, 0
        self._file.seek(self._base)
        self._window = self._file.read(max(count, WINDOW_BYTES))
        if len(self._window) < count:
            raise CutShort("it ends in the middle of its head")
