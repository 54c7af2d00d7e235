"""What all unfinished tasks together come to: how fast the model writes, and when the last one ends."""

from desktop.engine import UNFINISHED, Task, TaskId, TaskStatus


class Workload:
    """Remembers the unfinished tasks that the engine has told about."""

    def __init__(self) -> None:
        self._tasks: dict[TaskId, Task] = {}

    def take_up(self, tasks: tuple[Task, ...]) -> None:
        """Remember these tasks as they are now, and forget those that have ended."""
        for task in tasks:
            if task.status in UNFINISHED:
                self._tasks[task.task_id] = task
            else:
                self._tasks.pop(task.task_id, None)

    @property
    def tokens_per_second(self) -> float:
        """What the model writes for all running tasks."""
        return sum(task.progress.tokens_per_second for task in self._of(TaskStatus.RUNNING))

    @property
    def seconds_left(self) -> float | None:
        """Until the last task that runs or is queued ends; None while one of them is still being estimated."""
        tasks = self._of(TaskStatus.RUNNING, TaskStatus.QUEUED)
        if not tasks or any(task.estimate is None for task in tasks):
            return None
        return max(task.estimate.seconds for task in tasks if task.estimate is not None)

    def _of(self, *statuses: TaskStatus) -> list[Task]:
        return [task for task in self._tasks.values() if task.status in statuses]
