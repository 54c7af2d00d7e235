"""Which task runs: as many at a time as make sense, in the order of their rank."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from desktop.engine.identifiers import TaskId
from desktop.engine.line import Line, Load, Place, Sort
from desktop.engine.live_task import LiveTask
from desktop.engine.neighbours import Neighbours
from desktop.engine.ports import Clock
from desktop.engine.runner import Runner, RunningTask, Stop
from desktop.engine.task import TaskStatus

logger = logging.getLogger(__name__)

PATIENCE = 600.0
"""Seconds in the queue that count as one priority more."""


CLOSE_SECONDS = 10.0
"""How long an engine that ends waits for its runs to stop."""


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """Starts queued tasks whenever there is room, and owns the asyncio tasks that run them.

    As many run as may, less important ones left out: those give way at the next question to the model. A task whose
    model does not fit into memory beside those of running tasks waits for them to end, or until it has waited so long
    that it is more important than they are. Meanwhile others in the same rank go first whose models are in use.
    """

    runner: Runner
    clock: Clock
    max_running: int
    on_end: Callable[[LiveTask], None]
    may_start: Callable[[], bool] = lambda: True
    _line: Line = field(default_factory=lambda: Line(patience=PATIENCE))
    _running: dict[TaskId, tuple[RunningTask, asyncio.Task[None]]] = field(default_factory=dict)
    _closed: bool = False
    _neighbours: Neighbours = field(init=False)

    def __post_init__(self) -> None:
        self._neighbours = self.runner.desk.neighbours(self.go_on)

    def enqueue(self, live: LiveTask) -> None:
        """Put a queued task in line; it starts at once where there is room. One stopped meanwhile stays out.

        One whose last run is still being ended starts after that; one that is in line already stays there once.
        """
        if live.task.status is not TaskStatus.QUEUED:
            return
        self._line.put(live, self.clock.monotonic(), self.runner.desk.path(live.task.request))
        self._fill()

    def withdraw(self, task_id: TaskId) -> None:
        """Take a task out of the line if it is there."""
        self._line.take_out(task_id)

    async def stop(self, task_id: TaskId, reason: Stop) -> None:
        """Stop a running task; when this returns, its end is recorded. Does nothing to one that does not run."""
        if task_id not in self._running:
            return
        running, aio_task = self._running[task_id]
        running.ask_to_stop(reason)
        await asyncio.sleep(0)  # one that was just started has its first turn: what never began could not end in order
        aio_task.cancel()
        await asyncio.wait([aio_task])

    async def close(self) -> None:
        """Stop all that runs, to be continued at the next start. What hangs on its last write is left to itself."""
        self._closed = True
        stopping = [asyncio.ensure_future(self.stop(task_id, Stop.CLOSE)) for task_id in list(self._running)]
        await self._neighbours.close()
        if stopping:
            await asyncio.wait(stopping, timeout=CLOSE_SECONDS)
        await self.runner.desk.close()

    def next_in_line(self, count: int) -> list[LiveTask]:
        """So many queued tasks at most, the next one first."""
        waiting = (live for live in self._line if live.task.task_id not in self._running)
        return list(islice(waiting, max(count, 0)))

    def waits_for(self, task_id: TaskId) -> str:
        """What a queued task waits for besides its turn, for a person; empty where there is nothing."""
        place = self._line.get(task_id)
        if place is None or place.model is None:
            return ""
        others = self._models_beside(self._importance(place)) - {place.model}
        if not self._neighbours.clash(others | {place.model}):
            return ""
        names = sorted(self.runner.desk.name(path) for path in others)
        return f"waits for the memory of {' and '.join(names)}"

    @property
    def running(self) -> list[RunningTask]:
        """The tasks that run, in the order in which they started."""
        return [running for running, _ in self._running.values()]

    def would_wait_for(self, priority: int) -> list[tuple[Sort, Load]]:
        """What is queued and would go before a new task of that priority."""
        return self._line.loads(priority)

    def go_on(self) -> None:
        """Start what is in line and may start by now."""
        self._fill()

    def _fill(self) -> None:
        if not self.may_start():
            return
        while not self._closed and (place := self._next()) is not None:
            self._start(place.live)

    def _next(self) -> Place | None:
        """What is to start now: of the first in line, those for models that are in use before all others."""
        heads = self._line.heads(self._running)
        first = [place for place in heads if place.rank[0] == heads[0].rank[0]]
        loaded = self.runner.desk.loaded
        if not self._running and len(first) > 1:
            first.sort(key=lambda place: place.model not in loaded)
        return next((place for place in first if self._may_run(place)), None)

    def _may_run(self, place: Place) -> bool:
        as_important = sum(each.live.task.request.priority >= place.sort.priority for each in self.running)
        if as_important >= self.max_running:
            return False
        return place.model is None or self._neighbours.fit(self._models_beside(self._importance(place)) | {place.model})

    def _importance(self, place: Place) -> int:
        """The priority of a task as it counts for whether a model may be unloaded for it: who waits long, rises."""
        return place.sort.priority + int((self.clock.monotonic() - place.since) // PATIENCE)

    def _models_beside(self, importance: int) -> frozenset[str]:
        """The files of the models of running tasks that are at least as important."""
        requests = [each.live.task.request for each in self.running]
        paths = (self.runner.desk.path(request) for request in requests if request.priority >= importance)
        return frozenset(path for path in paths if path is not None)

    def _start(self, live: LiveTask) -> None:
        self._line.take_out(live.task.task_id)
        running = RunningTask(live=live)
        aio_task = asyncio.create_task(self.runner.execute(running), name=f"run {live.task.task_id}")
        self._running[live.task.task_id] = (running, aio_task)
        aio_task.add_done_callback(partial(self._end, live))

    def _end(self, live: LiveTask, aio_task: asyncio.Task[None]) -> None:
        del self._running[live.task.task_id]
        error = None if aio_task.cancelled() else aio_task.exception()
        if error is not None:
            logger.error("the end of task %s could not be recorded", live.task.task_id, exc_info=error)
        self._drop_ended(live.task.task_id)
        self.on_end(live)
        self._fill()

    def _drop_ended(self, task_id: TaskId) -> None:
        """Take a task out of the line that was put there once more just before it began, and has ended since."""
        place = self._line.get(task_id)
        if place is not None and place.live.task.status is not TaskStatus.QUEUED:
            self._line.take_out(task_id)
