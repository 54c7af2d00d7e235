"""What a runtime replies, as untrusted as anything that a broken program says: bounded, decoded, or refused."""

import re
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec

from desktop.engine import RuntimeFailed

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")

MOST_BYTES: Final = 8 * 1024**2
"""Longer than any reply in one piece: the tokens of a block of text take a tenth of it."""

NONSENSE: Final = "Try again. If it happens again, choose another model."
UNDECODABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
"""Colours and movements of a terminal."""

Count = Annotated[int, msgspec.Meta(ge=0, le=10**8)]
"""A number of tokens that can be."""
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
"""A duration that can be."""


async def reply(response: "aiohttp.ClientResponse", kind: type[T]) -> T:
    """The whole reply as a record.

    Raises `RuntimeFailed` where it is none, and aiohttp's errors on a broken connection.
    """
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > MOST_BYTES:
            raise Nonsense("a reply without end")
    return decode(bytes(content), kind)


def decode(content: bytes, kind: type[T]) -> T:
    """A piece of JSON as a record. Raises `RuntimeFailed` where it is none."""
    try:
        return msgspec.json.decode(content, type=kind)
    except UNDECODABLE as error:
        raise Nonsense(in_short(str(error)) or type(error).__name__) from error


class Nonsense(RuntimeFailed):
    """Something was said that makes no sense; `reason` says in what way."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The runtime answered nonsense: {reason}. What was finished is kept.", hint=NONSENSE)
        self.reason = reason


def in_short(said: str, most: int = 200) -> str:
    """What a runtime said, on one line of at most `most` characters, without anything that steers a display."""
    shown = "".join(mark if mark.isprintable() else " " for mark in _ESCAPES.sub("", said[: 4 * most]))
    line = " ".join(shown.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
