"""Which task runs: as many at a time as make sense, in the order of their rank."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from desktop.engine.identifiers import TaskId
from desktop.engine.line import Line, Load, Sort
from desktop.engine.live_task import LiveTask
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
    """Starts queued tasks whenever there is room, and owns the asyncio tasks that run them."""

    runner: Runner
    clock: Clock
    max_running: int
    on_end: Callable[[LiveTask], None]
    may_start: Callable[[], bool] = lambda: True
    _line: Line = field(default_factory=lambda: Line(patience=PATIENCE))
    _running: dict[TaskId, tuple[RunningTask, asyncio.Task[None]]] = field(default_factory=dict)
    _closed: bool = False

    def enqueue(self, live: LiveTask) -> None:
        """Put a queued task in line; it starts at once where there is room. One stopped meanwhile stays out.

        One whose last run is still being ended starts after that; one that is in line already stays there once.
        """
        if live.task.status is not TaskStatus.QUEUED:
            return
        self._line.put(live, self.clock.monotonic())
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
        if stopping:
            await asyncio.wait(stopping, timeout=CLOSE_SECONDS)

    def next_in_line(self, count: int) -> list[LiveTask]:
        """So many queued tasks at most, the next one first."""
        waiting = (live for live in self._line if live.task.task_id not in self._running)
        return list(islice(waiting, max(count, 0)))

    @property
    def running(self) -> list[RunningTask]:
        """The tasks that run, in the order in which they started."""
        return [running for running, _ in self._running.values()]

    def would_wait_for(self, priority: int) -> list[tuple[Sort, Load]]:
        """What is queued and would go before a new task of that priority."""
        return self._line.loads(priority)

    def go_on(self) -> None:
        """Start what is in line: what `may_start` forbade is allowed again."""
        self._fill()

    def _fill(self) -> None:
        if not self.may_start():
            return
        for live in self.next_in_line(self.max_running - len(self._running)):
            if self._closed:
                return
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
        live = self._line.get(task_id)
        if live is not None and live.task.status is not TaskStatus.QUEUED:
            self._line.take_out(task_id)
