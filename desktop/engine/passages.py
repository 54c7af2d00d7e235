"""Documents in pieces that can be found by their words, and the port that finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from desktop.engine.documents import Source

HEADING_SIGN: Final = " > "
"""Stands between a heading and what stands under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document, some hundred words long, as it stands there."""

    document: str  # name of the document
    number: int  # its place in it, 0 for the first
    text: str
    page: int | None = None
    line: int | None = None  # of the text's first line, 1 for the first of the file
    heading: str = ""  # what it stands under, as far as the document shows that


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """A document that can be searched."""

    document: str
    passages: int
    characters: int
    notes: tuple[str, ...] = ()  # what could not be read


class Passages(Protocol):
    """Reads documents into an index, and finds passages in it. What did not change since the last time is there."""

    async def index(self, source: Source) -> Indexed:
        """Have the document in the index as it is now. Raises `UnreadableDocument`."""

    async def find(self, words: str, sources: Sequence[Source], limit: int = 10) -> tuple[Passage, ...]:
        """The passages of these documents that fit the words best, by BM25, best first.

        `words` may be anything, a question for example. A document that is not in the index any more is read again.
        """

    async def around(self, source: Source, first: int, last: int) -> tuple[Passage, ...]:
        """The passages with the numbers from `first` to `last`, as far as there are some."""
