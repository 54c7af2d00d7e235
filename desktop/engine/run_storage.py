"""What a run keeps in the data folder, and waits to keep as long as that can't be written."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from desktop.engine.events import Event
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.live_task import LiveTask
from desktop.engine.ports import Files, StoredFile
from desktop.engine.progress import ProgressTracker
from desktop.engine.storage_watch import StorageWatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStorage:
    """The events, journal entries and files of one run."""

    live: LiveTask
    files: Files
    storage: StorageWatch
    tracker: ProgressTracker

    async def record(self, *events: Event, entry: JournalEntry | None = None) -> None:
        """Write the task as it is, with events and perhaps what the journal gains, in one transaction."""
        await self._insist(lambda: self.live.record(*events, entry=entry), in_line=True)

    async def write(self, name: str, content: bytes) -> StoredFile:
        """Write a file of the run."""
        task = self.live.task
        return await self._insist(lambda: self.files.write(task.task_id, task.run, name, content), in_line=False)

    async def read(self, name: str) -> bytes:
        """A file's content."""
        task = self.live.task
        return await self._insist(lambda: self.files.read(task.task_id, task.run, name), in_line=False)

    async def _insist(self, access: Callable[[], Coroutine[Any, Any, T]], *, in_line: bool) -> T:
        """Wait out what keeps the data folder from being read and written."""
        timed = partial(self.storage.timed, access, self.live, in_line=in_line)
        return await self.storage.insist(self.live, timed, self.tracker.standing_still)
