"""What an engine in memory says of pins and of Trash."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from desktop.engine import TERMINAL, ForbiddenTransition, LegworkError, Task, TaskId, TrashCause, Trashed, UnknownTask


class RetentionDouble:
    """Changes tasks in a dict through `put`, and tells through `remove` which one is gone."""

    def __init__(
        self, tasks: dict[TaskId, Task], put: Callable[[Task], None], remove: Callable[[Task], None], now: datetime
    ) -> None:
        self._tasks = tasks
        self._put = put
        self._remove = remove
        self._now = now
        self.left = timedelta(days=5)
        self.refusal: LegworkError | None = None

    async def pin(self, task_id: TaskId) -> Task:
        """Pin it."""
        return self._change(task_id, pinned=True)

    async def unpin(self, task_id: TaskId) -> Task:
        """Unpin it."""
        return self._change(task_id, pinned=False)

    async def delete(self, task_id: TaskId) -> Task:
        """Take it to Trash."""
        if self._known(task_id).status not in TERMINAL:
            raise ForbiddenTransition("The task is running and was not deleted.", hint="Cancel it first.")
        return self._change(task_id, trashed=Trashed(at=self._now, cause=TrashCause.PERSON, seen=0.0))

    async def restore(self, task_id: TaskId) -> Task:
        """Take it out of Trash."""
        return self._change(task_id, trashed=None)

    async def purge(self, task_id: TaskId) -> None:
        """Remove it for good."""
        task = self._known(task_id)
        if task.trashed is None:
            raise ForbiddenTransition("The task is not in Trash.", hint="Move it to Trash first.")
        self._remove(task)

    async def empty_trash(self) -> int:
        """Remove all that is in Trash."""
        trashed = [task for task in self._tasks.values() if task.trashed is not None]
        for task in trashed:
            self._remove(task)
        return len(trashed)

    async def trash_count(self) -> int:
        """How many are in Trash."""
        return sum(task.trashed is not None for task in self._tasks.values())

    def time_in_trash(self, task: Task) -> timedelta:
        """What the test says."""
        return self.left

    def _known(self, task_id: TaskId) -> Task:
        if self.refusal is not None:
            raise self.refusal
        if task_id not in self._tasks:
            raise UnknownTask(f"There is no task {task_id}.")
        return self._tasks[task_id]

    def _change(self, task_id: TaskId, **fields: object) -> Task:
        changed = replace(self._known(task_id), **fields)  # type: ignore[arg-type]
        self._put(changed)
        return changed
