"""Where a model's tokens end in a text, by its runtime's `/tokenize`."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Final

import aiohttp
import msgspec

from desktop.engine import RuntimeFailed
from desktop.models.chat import encodable
from desktop.models.replies import reply

BLOCK_CHARACTERS: Final = 8_192
"""A text is handed over in blocks of about this length, so that no single answer takes long to work through."""
_BREAK = re.compile(r"\n+(?=\S)|(?<=\S)(?=\s)")


class Token(msgspec.Struct):
    """A token's text; bytes where they are no text by themselves."""

    piece: str | list[Annotated[int, msgspec.Meta(ge=0, le=255)]]


class Tokens(msgspec.Struct):
    """The answer of `/tokenize`."""

    tokens: list[Token]


async def token_ends(session: aiohttp.ClientSession, text: str) -> tuple[int, ...]:
    """The end of each token as a character offset in `text`; what looks like a special token is text.

    Raises `RuntimeFailed`, or aiohttp's errors on a broken connection.
    """
    ends: list[int] = []
    for start, end in pairwise([0, *block_ends(text)]):
        block = encodable(text[start:end])
        pieces = await _pieces(session, block)
        ends += [start + offset for offset in align(block, pieces)]
    if text:  # some tokenisers drop control characters: what is left of them belongs to the last token
        ends[-1:] = [len(text)]
    return tuple(ends)


def block_ends(text: str, length: int = BLOCK_CHARACTERS) -> Iterator[int]:
    """Where to cut: between words where the last quarter of a block has such a place, at the length where it hasn't."""
    start = 0
    while len(text) - start > length:
        cut = start + length
        for found in _BREAK.finditer(text, start + length * 3 // 4, start + length):
            cut = found.end()
        yield cut
        start = cut
    if start < len(text):
        yield len(text)


def align(text: str, pieces: Sequence[bytes]) -> list[int]:
    """The character at which each piece ends. A character in several pieces belongs to the last of them.

    Some tokenisers put a blank before the text. Where one changed the text otherwise, the ends are
    spread by the pieces' lengths.
    """
    content = text.encode()
    joined = b"".join(pieces)
    ends: list[int] = []
    at = -1 if joined == b" " + content else 0
    stretch = 1.0 if len(joined) + at == len(content) else len(content) / max(len(joined), 1)
    is_start = _starts(content)
    character, seen, read = 0, 0, float(at)
    for piece in pieces:
        read += len(piece) * stretch
        until = min(max(int(read), 0), len(content))
        character += sum(is_start[seen:until])
        seen = until
        inside = until < len(content) and not is_start[until]
        ends.append(character - inside)
    if ends:
        ends[-1] = len(text)
    return ends


def _starts(content: bytes) -> bytes:
    """For each byte 1 where a character begins, else 0."""
    return content.translate(_STARTS)


_STARTS: Final = bytes(0 if 0x80 <= byte < 0xC0 else 1 for byte in range(256))


async def _pieces(session: aiohttp.ClientSession, text: str) -> list[bytes]:
    body = {"content": text, "add_special": False, "parse_special": False, "with_pieces": True}
    async with session.post("tokenize", data=msgspec.json.encode(body)) as response:
        if response.status != 200:
            raise RuntimeFailed(f"The runtime could not count tokens ({response.status}).", hint="Try again.")
        pieces = [token.piece for token in (await reply(response, Tokens)).tokens]
    return [piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces]
