"""Since when running tasks have been silent: no token written, no item finished, no step begun or ended."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from desktop.engine import StepStatus, Task, TaskId, TaskStatus


class _Pulse(NamedTuple):
    run: int
    tokens: int
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

    def wait(self) -> None:
        """Count from now on: tasks can't move while a model is being loaded."""
        now = self._clock()
        self._heard = {task_id: (pulse, now) for task_id, (pulse, _) in self._heard.items()}

    def silence(self, task_id: TaskId) -> float:
        """Seconds since the last sign of life; 0 for a task that does not run."""
        known = self._heard.get(task_id)
        return 0.0 if known is None else self._clock() - known[1]


def _pulse_of(task: Task) -> _Pulse:
    progress = task.progress
    return _Pulse(task.run, progress.tokens, tuple((step.status, step.done) for step in progress.steps))
