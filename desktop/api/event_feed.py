"""The events of tasks for those who follow them over HTTP: one subscription to the engine serves all readers."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from fastapi.sse import format_sse_event

from desktop.api.representation import Addresses, public_event, public_task, to_json
from desktop.engine import (
    TERMINAL,
    Engine,
    RecordedEvent,
    Task,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskId,
    TaskPinned,
    TaskRestored,
    TaskTrashed,
    TaskUnpinned,
    TaskUpdate,
)

BACKLOG: Final = 1000
"""Events that may wait for a reader; one that is further behind is cut off, and can go on where it was."""

SNAPSHOT, PROGRESS = "snapshot", "progress"

_ENDS: Final = (TaskCompleted, TaskFailed, TaskCancelled)
_KEEPING: Final = (TaskPinned, TaskUnpinned, TaskTrashed, TaskRestored)


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as it is sent; `ends` says that nothing follows it unless the task is run again."""

    number: int
    content: bytes
    ends: bool


class Reader:
    """What waits for one reader: events in order, and of the task's progress the latest alone."""

    def __init__(self) -> None:
        self.too_slow = asyncio.Event()
        self._frames: list[Frame] = []
        self._progress: bytes | None = None
        self._more = asyncio.Event()

    def put(self, frame: Frame) -> None:
        """An event happened."""
        if len(self._frames) >= BACKLOG:
            self.too_slow.set()
            return
        self._frames.append(frame)
        self._more.set()

    def show(self, progress: bytes) -> None:
        """The task moved."""
        self._progress = progress
        self._more.set()

    async def wait(self) -> None:
        """Return when something waits."""
        await self._more.wait()

    def take(self) -> tuple[list[Frame], bytes | None]:
        """All that waits: events, and the latest progress."""
        taken = self._frames, self._progress
        self._frames, self._progress = [], None
        self._more.clear()
        return taken


class EventFeed:
    """Hands what happens to tasks on to their readers, each frame encoded once however many read it."""

    def __init__(self, engine: Engine, address: Addresses) -> None:
        self._engine = engine
        self._address = address
        self._readers: dict[TaskId, list[Reader]] = {}
        self._unsubscribe: Callable[[], None] = lambda: None

    @contextmanager
    def reader(self, task_id: TaskId) -> Iterator[Reader]:
        """A reader of what happens to that task from now on, until the block ends."""
        if not self._readers:
            self._unsubscribe = self._engine.subscribe(self._on_update)
        reader = Reader()
        self._readers.setdefault(task_id, []).append(reader)
        try:
            yield reader
        finally:
            self._leave(task_id, reader)

    async def missed(self, task_id: TaskId, after: int) -> list[Frame]:
        """What happened to the task since the event with that number."""
        has_ended = (await self._engine.task(task_id)).status in TERMINAL  # before, so that its end is among the events
        return [_frame(recorded, has_ended) for recorded in await self._engine.events(task_id, after)]

    async def has_ended_by(self, task_id: TaskId, number: int) -> bool:
        """Whether the task has ended, and nothing of it happened after the event with that number, if there is one."""
        has_ended = (await self._engine.task(task_id)).status in TERMINAL  # before, as above
        return has_ended and not await self._engine.events(task_id, number)

    async def end_of(self, task_id: TaskId, seconds: float | None) -> Task | None:
        """The task as it has ended; None where it has not after so many seconds (None: as long as it takes)."""
        with self.reader(task_id) as reader:
            frames = await self.missed(task_id, 0)
            try:
                async with asyncio.timeout(seconds):
                    while not any(frame.ends for frame in frames):
                        await reader.wait()
                        frames, _ = reader.take()
            except TimeoutError:
                return None
        return await self._engine.task(task_id)

    async def snapshot(self, task_id: TaskId) -> bytes:
        """The task as it is. Raises `UnknownTask`."""
        return self._state(SNAPSHOT, await self._engine.task(task_id))

    def _leave(self, task_id: TaskId, reader: Reader) -> None:
        readers = self._readers[task_id]
        readers.remove(reader)
        if not readers:
            del self._readers[task_id]
        if not self._readers:
            self._unsubscribe()

    def _on_update(self, update: TaskUpdate) -> None:
        readers = self._readers.get(update.task.task_id, ())
        if readers and update.event is not None:
            frame = _frame(update.event, update.task.status in TERMINAL)
            for reader in readers:
                reader.put(frame)
        elif readers:
            progress = self._state(PROGRESS, update.task)
            for reader in readers:
                reader.show(progress)

    def _state(self, name: str, task: Task) -> bytes:
        return format_sse_event(event=name, data_str=to_json(public_task(task, self._address)).decode())


def _frame(recorded: RecordedEvent, has_ended: bool) -> Frame:
    """The event as it is sent. How long an ended task is kept may change at any time; nobody need wait for it."""
    shown = to_json(public_event(recorded)).decode()
    name = type(recorded.event).__name__
    content = format_sse_event(event=name, data_str=shown, id=str(recorded.number))
    ends = isinstance(recorded.event, _ENDS) or (has_ended and isinstance(recorded.event, _KEEPING))
    return Frame(recorded.number, content, ends)
