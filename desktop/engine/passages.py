"""Documents in pieces that can be found by their words, and the port that finds them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from desktop.engine.documents import Source
from desktop.engine.identifiers import TaskId

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


class PassageStore(Protocol):
    """The index behind the `Passages` of all runs. Texts that only one task gave leave it with that task."""

    async def index(self, source: Source, *, task_id: TaskId | None = None) -> Indexed:
        """Have the document in the index as it is now, for a task. Raises `UnreadableDocument` or `StorageFailed`."""

    async def find(
        self,
        words: str,
        sources: Sequence[Source],
        limit: int = 10,
        *,
        task_id: TaskId | None = None,
        on_read: Callable[[], None] | None = None,
    ) -> tuple[Passage, ...]:
        """The passages that fit the words best, best first; `on_read` is called after each document that is read again.

        Raises `StorageFailed` where the index is lost again and again meanwhile.
        """

    async def around(
        self, source: Source, first: int, last: int, *, task_id: TaskId | None = None
    ) -> tuple[Passage, ...]:
        """The passages with the numbers from `first` to `last`, as far as there are some."""

    async def forget(self, task_id: TaskId) -> None:
        """Let go, for good, of the texts and pages that nobody but this task gave. Raises `StorageFailed`."""

    async def sweep(self) -> None:
        """Let go of files that are gone, and of what nobody has used for long. Raises `StorageFailed`."""
