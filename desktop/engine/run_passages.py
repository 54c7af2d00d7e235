"""The index of passages as one run sees it: it waits for the data folder, and shows that the run moves."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from desktop.engine.documents import Source
from desktop.engine.identifiers import TaskId
from desktop.engine.passages import Indexed, Passage, PassageStore
from desktop.engine.signs_of_life import SignsOfLife

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPassages:
    """Implements `Passages`. `insist` does something with the data folder as soon as that can be used."""

    all_passages: PassageStore
    task_id: TaskId
    insist: Callable[[Callable[[], Coroutine[Any, Any, Any]]], Awaitable[Any]]
    life: SignsOfLife

    async def index(self, source: Source) -> Indexed:
        """Have the document in the index as it is now."""
        return await self._patiently(partial(self.all_passages.index, source, task_id=self.task_id))

    async def find(self, words: str, sources: Sequence[Source], limit: int = 10) -> tuple[Passage, ...]:
        """The passages of these documents that fit the words best."""
        find = self.all_passages.find
        return await self._patiently(partial(find, words, sources, limit, task_id=self.task_id, on_read=self.life.give))

    async def around(self, source: Source, first: int, last: int) -> tuple[Passage, ...]:
        """The passages with the numbers from `first` to `last`."""
        return await self._patiently(partial(self.all_passages.around, source, first, last, task_id=self.task_id))

    async def _patiently(self, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            result: T = await self.insist(function)
        finally:
            self.life.give()
        return result
