"""A task that has not ended: its latest state in memory, changed only together with the store."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from desktop.engine.errors import StorageFailed
from desktop.engine.events import Event
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.lifecycle import check_transition
from desktop.engine.ports import Change, Clock, Measurement, Store
from desktop.engine.task import Task, TaskStatus
from desktop.engine.updates import TaskUpdate

AnyEvent = TypeVar("AnyEvent", bound=Event)


class LiveTask:
    """The one place where a task's state changes."""

    def __init__(self, task: Task, store: Store, clock: Clock, publish: Callable[[TaskUpdate], None]) -> None:
        self.task = task
        self._store = store
        self._clock = clock
        self._publish = publish

    def event(self, kind: type[AnyEvent], **details: Any) -> AnyEvent:
        """An event of this task's current run, now."""
        return kind(task_id=self.task.task_id, at=self._clock.now(), run=self.task.run, **details)

    def show(self, **fields: Any) -> None:
        """Change what is shown (progress, estimate, draft) in memory only; the next record writes it."""
        self.task = replace(self.task, **fields)

    def announce(self) -> None:
        """Tell listeners how the task looks now."""
        self._publish(TaskUpdate(task=self.task))

    async def move(
        self, status: TaskStatus, *events: Event, measurement: Measurement | None = None, **fields: Any
    ) -> None:
        """Go to another status. Raises `ForbiddenTransition`; where the store fails, the status stays as it was."""
        before = self.task
        check_transition(before.status, status)
        self.task = replace(before, status=status, **fields)
        try:
            await self._write(events, None, measurement)
        except StorageFailed:
            self.task = replace(self.task, status=before.status)
            raise

    async def record(self, *events: Event, entry: JournalEntry | None = None) -> None:
        """Write the task as it is, with events and perhaps a finished piece of work, in one transaction."""
        await self._write(events, entry, None)

    async def _write(
        self, events: tuple[Event, ...], entry: JournalEntry | None, measurement: Measurement | None
    ) -> None:
        change = Change(task=self.task, events=events, entry=entry, measurement=measurement)
        for recorded in await self._store.record(change):
            self._publish(TaskUpdate(task=self.task, event=recorded))
