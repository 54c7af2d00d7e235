"""Passages in memory: paragraphs, ordered by how many of the words they hold."""

import re
from collections.abc import Callable, Sequence

from desktop.engine import DocumentReader, Indexed, Passage, Source, TaskId

WORD = re.compile(r"\w+")


def words_of(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


class MemoryPassages:
    """Implements `Passages` and `PassageStore` over a reader."""

    def __init__(self, reader: DocumentReader) -> None:
        self._reader = reader
        self._passages: dict[Source, tuple[Passage, ...]] = {}
        self._givers: dict[Source, set[TaskId]] = {}
        self.sweeps = 0

    async def index(self, source: Source, *, task_id: TaskId | None = None) -> Indexed:
        """Read the document, unless that was done."""
        passages = await self._of(source, task_id)
        return Indexed(
            document=source.name, passages=len(passages), characters=sum(len(each.text) for each in passages)
        )

    async def find(
        self,
        words: str,
        sources: Sequence[Source],
        limit: int = 10,
        *,
        task_id: TaskId | None = None,
        on_read: Callable[[], None] | None = None,
    ) -> tuple[Passage, ...]:
        """Those with at least one of the words, most of them first."""
        wanted = words_of(words)
        for source in [each for each in sources if each not in self._passages]:
            await self._of(source, task_id)
            if on_read:
                on_read()
        passages = [passage for source in sources for passage in await self._of(source, task_id)]
        found = [passage for passage in passages if wanted & words_of(passage.text)]
        return tuple(sorted(found, key=lambda passage: -len(wanted & words_of(passage.text)))[:limit])

    async def around(
        self, source: Source, first: int, last: int, *, task_id: TaskId | None = None
    ) -> tuple[Passage, ...]:
        """Those in between."""
        return (await self._of(source, task_id))[max(first, 0) : last + 1]

    @property
    def size(self) -> int:
        """How many documents there are."""
        return len(self._passages)

    async def forget(self, task_id: TaskId) -> None:
        """Let go of the texts that only this task gave."""
        for source, givers in list(self._givers.items()):
            if givers == {task_id}:
                del self._passages[source], self._givers[source]
            givers.discard(task_id)

    async def sweep(self) -> None:
        """Count how often."""
        self.sweeps += 1

    async def _of(self, source: Source, task_id: TaskId | None) -> tuple[Passage, ...]:
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
        if source.path is None and task_id is not None:
            self._givers.setdefault(source, set()).add(task_id)
        return self._passages[source]
