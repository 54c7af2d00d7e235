"""How engine and guard talk: a length (8 bytes), as many bytes of JSON, then what its `sizes` lists, in bytes."""

import json
import struct
from collections.abc import Sequence
from typing import Any, Final, Protocol

LENGTH: Final = struct.Struct(">Q")


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes | None:
        """As many bytes, or fewer; none at the end."""


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, content: bytes, /) -> object:
        """Write all of them."""


def write_message(to: Writable, said: dict[str, Any], contents: Sequence[bytes]) -> None:
    """Write what is said, and the bytes that come with it."""
    to.write(packed(said, contents))
    for content in contents:
        to.write(content)


def packed(said: dict[str, Any], contents: Sequence[bytes]) -> bytes:
    """The beginning of a message, up to the bytes that come with it."""
    text = json.dumps({**said, "sizes": [len(content) for content in contents]}).encode()
    return LENGTH.pack(len(text)) + text


def read_message(source: Readable) -> tuple[dict[str, Any], list[bytes]]:
    """What was said, and the bytes that came with it. Raises `EOFError` where the message breaks off."""
    (length,) = LENGTH.unpack(_exactly(source, LENGTH.size))
    said: dict[str, Any] = json.loads(_exactly(source, length))
    return said, [_exactly(source, size) for size in said.pop("sizes")]


def _exactly(source: Readable, size: int) -> bytes:
    pieces = []
    while size:
        piece = source.read(size)
        if not piece:
            raise EOFError("The message breaks off.")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
