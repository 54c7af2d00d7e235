"""Since when running tasks have been silent: nothing written, no item finished, no step and no activity changed."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from desktop.engine import Activity, StepStatus, Task, TaskId, TaskStatus


class _Pulse(NamedTuple):
    run: int
    tokens: int
    activity: Activity
    steps: tuple[tuple[StepStatus, int], ...]


class SignsOfLife:
    """Remembers when each running task last moved; `clock` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[TaskId, tuple[_Pulse, float]] = {}

    def take_up(self, tasks: Iterable[Task]) -> None:
        """Look at the tasks as they are now."""
        now = self._clock()
        for task in tasks:
            if task.status is not TaskStatus.RUNNING:
                self._heard.pop(task.task_id, None)
                continue
            pulse, known = _pulse_of(task), self._heard.get(task.task_id)
            if known is None or known[0] != pulse:
                self._heard[task.task_id] = (pulse, now)

    def silence(self, task_id: TaskId) -> float:
        """Seconds since the last sign of life; 0 for a task that does not run."""
        known = self._heard.get(task_id)
        return 0.0 if known is None else self._clock() - known[1]


def _pulse_of(task: Task) -> _Pulse:
    progress = task.progress
    steps = tuple((step.status, step.done) for step in progress.steps)
    return _Pulse(task.run, progress.tokens, progress.activity, steps)
