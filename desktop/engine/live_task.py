"""A task that has not ended: its latest state in memory, changed only together with the store."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from desktop.engine.errors import StorageFailed
from desktop.engine.events import Event, TaskPaused, TaskResumed
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.lifecycle import TERMINAL, check_transition
from desktop.engine.ports import Change, Clock, Measurement, Reuse, Store
from desktop.engine.task import Task, TaskStatus, kept_until
from desktop.engine.untorn import undisturbed
from desktop.engine.updates import TaskUpdate

logger = logging.getLogger(__name__)

END_SECONDS = 5.0
"""How long whoever ends a task waits for the store to record it."""

SETTLE_SECONDS = 5.0
"""How often it is tried to record an end for which there was no room on the disk."""

AnyEvent = TypeVar("AnyEvent", bound=Event)


class LiveTask:
    """The one place where a task's state changes."""

    def __init__(self, task: Task, store: Store, clock: Clock, publish: Callable[[TaskUpdate], None]) -> None:
        self.task = task
        self._store = store
        self._clock = clock
        self._publish = publish
        self._owed: tuple[Event, ...] = ()
        self._settling = asyncio.Lock()
        self._writing: set[asyncio.Future[None]] = set()
        self._recorded_status = task.status
        self._hold = ""
        self._tells_of_hold = False
        self._stopped = False

    def event(self, kind: type[AnyEvent], **details: Any) -> AnyEvent:
        """An event of this task's current run, now."""
        return kind(task_id=self.task.task_id, at=self._clock.now(), run=self.task.run, **details)

    def show(self, **fields: Any) -> None:
        """Change what is shown (progress, estimate, draft) in memory only; the next record writes it."""
        self.task = replace(self.task, **fields)

    def announce(self) -> None:
        """Tell listeners how the task looks now."""
        self._publish(TaskUpdate(task=self.shown))

    @property
    def shown(self) -> Task:
        """The task as a person sees it: one that is held is paused, though its run still is where it was."""
        if not self._hold:
            return self.task
        return replace(self.task, status=TaskStatus.PAUSED, hold=self._hold, estimate=None)

    @property
    def recorded_status(self) -> TaskStatus:
        """The status that the store has for it, which may be an older one."""
        return self._recorded_status

    def hold(self, reason: str, *, tells: bool = True) -> None:
        """Show the task as paused by Legwork, for a reason that will pass. Its run stays where it is.

        `tells` says whether its events are to tell of it. Does nothing to a task that was stopped.
        """
        if self._stopped:
            return
        if tells and not self._tells_of_hold:
            self._tells_of_hold = True
            self._owed += (self.event(TaskPaused, reason=reason),)
        if reason != self._hold:
            self._hold = reason
            self._publish(TaskUpdate(task=self.shown, moved=True))

    def release(self) -> None:
        """Show the task as it is again: it goes on. Does nothing to one that is not held."""
        if self._tells_of_hold and self.task.status not in TERMINAL:
            self._owed += (self.event(TaskResumed, reason=self._hold),)
        self._tells_of_hold = False
        if self._hold:
            self._hold = ""
            self._publish(TaskUpdate(task=self.task, moved=True))

    @property
    def is_recorded(self) -> bool:
        """Whether the store knows how the task stands: nothing is owed to it, nor on its way."""
        return not (self._owed or self._writing)

    async def move(
        self,
        status: TaskStatus,
        *events: Event,
        measurement: Measurement | None = None,
        entry: JournalEntry | None = None,
        **fields: Any,
    ) -> None:
        """Go to another status. Raises `ForbiddenTransition`; where the store fails, all stays as it was."""
        check_transition(self.task.status, status)
        await self._change(events, {"status": status, **self._moved(status, fields)}, measurement, entry)

    async def change(self, *events: Event, **fields: Any) -> None:
        """Change what does not move the task. Where the store fails, all stays as it was."""
        await self._change(events, fields)

    async def _change(
        self,
        events: tuple[Event, ...],
        fields: dict[str, Any],
        measurement: Measurement | None = None,
        entry: JournalEntry | None = None,
    ) -> None:
        before = self.task
        self.task = replace(before, **fields)
        self._stopped = False
        try:
            await self._write(Change(task=self.task, events=events, measurement=measurement, entry=entry))
        except StorageFailed:
            if not self._stopped:
                self.task = replace(self.task, **{name: getattr(before, name) for name in fields})
            raise

    def _moved(self, status: TaskStatus, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of a move: what was asked or waited for is not any more, and an end sets the date to go."""
        moved = {"question": None, "waits": "", **fields}
        if status not in TERMINAL:
            return moved
        return moved | {"expires_at": kept_until(self.task.request, self._clock.now())}

    async def end(self, status: TaskStatus, event: Event, **fields: Any) -> None:
        """Go to the status that the end of work calls for, be it in memory alone: nobody works on the task any more.

        What the store could not take, or not in good time, is owed to it: it goes with the next write, or with
        `settle`. Raises `ForbiddenTransition`.
        """
        check_transition(self.task.status, status)
        self._stopped, self._hold, self._tells_of_hold = True, "", False
        self.task = replace(self.task, status=status, **self._moved(status, fields))
        self._owed += (event,)
        settling = asyncio.ensure_future(self._settle_in_turn())
        await asyncio.wait([settling], timeout=END_SECONDS)
        if settling.done() and not isinstance(settling.exception(), StorageFailed):
            settling.result()
            return
        settling.add_done_callback(_retrieve)
        logger.warning("the end of task %s could not be recorded yet", self.task.task_id)
        self._publish(TaskUpdate(task=self.task, moved=True))

    async def _settle_in_turn(self) -> None:
        """Record what is owed after the work that was finished before it, whose writes are on their way."""
        if self._writing:
            await asyncio.wait(self._writing)
        await self.settle()

    async def settle(self) -> None:
        """Record what is owed to the store. Raises `StorageFailed`."""
        async with self._settling:
            if self._owed:
                await self._write(Change(task=self.task))

    async def settle_in_time(self) -> None:
        """Record what is owed as soon as the store takes it."""
        while not self.is_recorded:
            await self._clock.sleep(SETTLE_SECONDS)
            with suppress(StorageFailed):
                await self.settle()

    async def note(self, event: Event) -> None:
        """Record an event that nothing depends on: where the store does not take it, the task goes on without."""
        try:
            await self.record(event)
        except StorageFailed as error:
            logger.warning("an event of task %s could not be recorded: %s", self.task.task_id, error.message)

    async def record(self, *events: Event, entry: JournalEntry | None = None, reuse: Reuse | None = None) -> None:
        """Write the task as it is, with events and perhaps what a journal gains, in one transaction."""
        await self._write(Change(task=self.task, events=events, entry=entry, reuse=reuse))

    async def _write(self, change: Change) -> None:
        """Write, and tell listeners; a cancellation that comes meanwhile takes effect when both are done."""
        owed, self._owed = self._owed, ()
        writing = asyncio.ensure_future(self._write_out(owed, replace(change, events=owed + change.events)))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        await undisturbed(writing)

    async def _write_out(self, owed: tuple[Event, ...], change: Change) -> None:
        try:
            recorded = await self._store.record(change)
        except BaseException:
            self._owed = owed + self._owed
            raise
        self._recorded_status = change.task.status
        for each in recorded:
            self._publish(TaskUpdate(task=self.shown, event=each))


def _retrieve(settling: asyncio.Future[None]) -> None:
    """Take the failure of a write that nobody waits for any more: what it was to record is owed still."""
    if not settling.cancelled():
        settling.exception()
