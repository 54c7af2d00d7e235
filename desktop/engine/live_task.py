"""A task that has not ended: its latest state in memory, changed only together with the store."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from desktop.engine.errors import StorageFailed
from desktop.engine.events import Event
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.lifecycle import TERMINAL, check_transition
from desktop.engine.ports import Change, Clock, Measurement, Store
from desktop.engine.task import Task, TaskStatus, kept_until
from desktop.engine.updates import TaskUpdate

logger = logging.getLogger(__name__)

AnyEvent = TypeVar("AnyEvent", bound=Event)


class LiveTask:
    """The one place where a task's state changes."""

    def __init__(self, task: Task, store: Store, clock: Clock, publish: Callable[[TaskUpdate], None]) -> None:
        self.task = task
        self._store = store
        self._clock = clock
        self._publish = publish
        self._owed: tuple[Event, ...] = ()
        self._on_its_way: tuple[Event, ...] = ()  # of what is owed
        self._settling = asyncio.Lock()

    def event(self, kind: type[AnyEvent], **details: Any) -> AnyEvent:
        """An event of this task's current run, now."""
        return kind(task_id=self.task.task_id, at=self._clock.now(), run=self.task.run, **details)

    def show(self, **fields: Any) -> None:
        """Change what is shown (progress, estimate, draft) in memory only; the next record writes it."""
        self.task = replace(self.task, **fields)

    def announce(self) -> None:
        """Tell listeners how the task looks now."""
        self._publish(TaskUpdate(task=self.task))

    @property
    def is_recorded(self) -> bool:
        """Whether the store knows how the task stands."""
        return not (self._owed or self._on_its_way)

    async def move(
        self, status: TaskStatus, *events: Event, measurement: Measurement | None = None, **fields: Any
    ) -> None:
        """Go to another status. Raises `ForbiddenTransition`; where the store fails, all stays as it was."""
        check_transition(self.task.status, status)
        await self._change(events, measurement, {"status": status, **self._dated(status, fields)})

    async def change(self, *events: Event, **fields: Any) -> None:
        """Change what does not move the task. Where the store fails, all stays as it was."""
        await self._change(events, None, fields)

    async def _change(self, events: tuple[Event, ...], measurement: Measurement | None, fields: dict[str, Any]) -> None:
        before = self.task
        self.task = replace(before, **fields)
        try:
            await self._write(events, None, measurement)
        except StorageFailed:
            self.task = replace(self.task, **{name: getattr(before, name) for name in fields})
            raise

    def _dated(self, status: TaskStatus, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of a move; those of an end with the date until which the task is kept from there on."""
        if status not in TERMINAL:
            return fields
        return fields | {"expires_at": kept_until(self.task.request, self._clock.now())}

    async def end(self, status: TaskStatus, event: Event, **fields: Any) -> None:
        """Go to the status that the end of work calls for, be it in memory alone: nobody works on the task any more.

        What the store could not take is owed to it: it goes with the next write, or with `settle`.
        """
        try:
            await self.move(status, event, **fields)
        except StorageFailed as error:
            logger.warning("the end of task %s could not be recorded yet: %s", self.task.task_id, error.message)
            self.task = replace(self.task, status=status, **self._dated(status, fields))
            self._owed += (event,)
            self.announce()

    async def settle(self) -> None:
        """Record what is owed to the store. Raises `StorageFailed`."""
        async with self._settling:
            if self._owed:
                await self._write((), None, None)

    async def record(self, *events: Event, entry: JournalEntry | None = None) -> None:
        """Write the task as it is, with events and perhaps a finished piece of work, in one transaction."""
        await self._write(events, entry, None)

    async def _write(
        self, events: tuple[Event, ...], entry: JournalEntry | None, measurement: Measurement | None
    ) -> None:
        owed, self._owed = self._owed, ()
        self._on_its_way += owed
        change = Change(task=self.task, events=owed + events, entry=entry, measurement=measurement)
        try:
            recorded = await self._store.record(change)
        except BaseException:
            self._owed = owed + self._owed
            raise
        finally:
            self._on_its_way = self._on_its_way[len(owed) :]
        for each in recorded:
            self._publish(TaskUpdate(task=self.task, event=each))
