"""Passages in memory: paragraphs, ordered by how many of the words they hold."""

import re
from collections.abc import Sequence

from desktop.engine import DocumentReader, Indexed, Passage, Source

WORD = re.compile(r"\w+")


def words_of(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


class MemoryPassages:
    """Implements `Passages` over a reader."""

    def __init__(self, reader: DocumentReader) -> None:
        self._reader = reader
        self._passages: dict[Source, tuple[Passage, ...]] = {}

    async def index(self, source: Source) -> Indexed:
        """Read the document, unless that was done."""
        passages = await self._of(source)
        return Indexed(
            document=source.name, passages=len(passages), characters=sum(len(each.text) for each in passages)
        )

    async def find(self, words: str, sources: Sequence[Source], limit: int = 10) -> tuple[Passage, ...]:
        """Those with at least one of the words, most of them first."""
        wanted = words_of(words)
        passages = [passage for source in sources for passage in await self._of(source)]
        found = [passage for passage in passages if wanted & words_of(passage.text)]
        return tuple(sorted(found, key=lambda passage: -len(wanted & words_of(passage.text)))[:limit])

    async def around(self, source: Source, first: int, last: int) -> tuple[Passage, ...]:
        """Those in between."""
        return (await self._of(source))[max(first, 0) : last + 1]

    async def _of(self, source: Source) -> tuple[Passage, ...]:
        if source not in self._passages:
            document = await self._reader.read(source)
            pieces = [(part, piece) for part in document.parts for piece in part.text.split("\n\n") if piece.strip()]
            self._passages[source] = tuple(
                Passage(
                    document=source.name,
                    number=number,
                    text=piece,
                    page=part.page,
                    line=None if part.line is None else part.line + part.text.count("\n", 0, part.text.index(piece)),
                    heading=part.label,
                )
                for number, (part, piece) in enumerate(pieces)
            )
        return self._passages[source]
