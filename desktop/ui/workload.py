"""What all unfinished tasks together come to: how fast the model writes, and when the last one ends."""

import heapq
from typing import Final

from desktop.engine import UNFINISHED, Task, TaskId, TaskStatus

_COUNTED: Final = frozenset({TaskStatus.RUNNING, TaskStatus.QUEUED})
_STALE_ENDS: Final = 1000
"""Ends that may have changed since, beyond which those that hold are gathered anew."""


class Workload:
    """Remembers the unfinished tasks that the engine has told about. None of it goes through all of them each time."""

    def __init__(self) -> None:
        self._tasks: dict[TaskId, Task] = {}
        self._running: set[TaskId] = set()
        self._unestimated: set[TaskId] = set()  # of those that run or are queued
        self._ends: list[tuple[float, TaskId]] = []  # a heap, the last end first; some do not hold any more

    def take_up(self, tasks: tuple[Task, ...]) -> None:
        """Remember these tasks as they are now, and forget those that have ended."""
        for task in tasks:
            self._forget(task.task_id)
            if task.status in UNFINISHED:
                self._remember(task)
        if len(self._ends) > len(self._tasks) + _STALE_ENDS:
            self._ends = [end for task in self._tasks.values() if (end := _end_of(task)) is not None]
            heapq.heapify(self._ends)

    @property
    def tokens_per_second(self) -> float:
        """What the model writes for all running tasks."""
        return sum(self._tasks[task_id].progress.tokens_per_second for task_id in self._running)

    @property
    def seconds_left(self) -> float | None:
        """Until the last task that runs or is queued ends; None while one of them is still being estimated."""
        while self._ends and not self._holds(self._ends[0]):
            heapq.heappop(self._ends)
        return -self._ends[0][0] if self._ends and not self._unestimated else None

    def _remember(self, task: Task) -> None:
        self._tasks[task.task_id] = task
        if task.status is TaskStatus.RUNNING:
            self._running.add(task.task_id)
        if (end := _end_of(task)) is not None:
            heapq.heappush(self._ends, end)
        elif task.status in _COUNTED:
            self._unestimated.add(task.task_id)

    def _forget(self, task_id: TaskId) -> None:
        self._tasks.pop(task_id, None)
        self._running.discard(task_id)
        self._unestimated.discard(task_id)

    def _holds(self, end: tuple[float, TaskId]) -> bool:
        task = self._tasks.get(end[1])
        return task is not None and _end_of(task) == end


def _end_of(task: Task) -> tuple[float, TaskId] | None:
    """The seconds until it ends, as a heap sorts the last one to the front; None where that is not known."""
    if task.status not in _COUNTED or task.estimate is None:
        return None
    return -task.estimate.seconds, task.task_id
