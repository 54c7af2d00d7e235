"""What a person can do about how long the chosen task is kept: pin it, delete it, and take that back."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.engine import Engine, LegworkError, Task, TaskId
from desktop.ui import dialogs
from desktop.ui.bridge import Bridge
from desktop.ui.detail import Detail
from desktop.ui.snackbar import Snackbar

Order = Callable[[Engine, TaskId], Coroutine[Any, Any, Task]]


class TrashCommands(QObject):
    """Sends orders for the task that the detail pane shows. Signal: `restored(Task)` for one that is back."""

    restored = Signal(object)

    def __init__(self, bridge: Bridge, detail: Detail, snackbar: Snackbar, say: Callable[[str], None]) -> None:
        super().__init__(detail)
        self._bridge = bridge
        self._detail = detail
        self._snackbar = snackbar
        self._say = say
        self._deleted: list[TaskId] = []
        self.ask_to_remove: Callable[[str], bool] = partial(dialogs.ask_to_remove, detail)
        snackbar.undo_wanted.connect(self._undo)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What to do for the actions of those names."""
        return {
            "pin": lambda: self._order(_pin, lambda _: self._say("Pinned: it stays until you unpin it")),
            "unpin": lambda: self._order(_unpin, lambda _: self._say("Unpinned: it may go in a week at the earliest")),
            "delete": lambda: self._order(_delete, self._on_deleted),
            "undo": self._undo,
            "restore": lambda: self._order(_restore, self._on_restored),
            "purge": self._purge,
            "empty_trash": self._empty_trash,
        }

    def _order(self, order: Order, on_answer: Callable[[Task], None]) -> None:
        task = self._detail.task
        if task is not None:
            self._bridge.call(lambda engine: order(engine, task.task_id), on_answer, self._on_error)

    def _on_error(self, error: LegworkError) -> None:
        self._say(str(error))

    def _on_deleted(self, task: Task) -> None:
        self._deleted.append(task.task_id)
        self._snackbar.say(f"Moved to Trash: {task.title}")

    def _undo(self) -> None:
        self._snackbar.hide()
        if self._deleted:
            task_id = self._deleted.pop()
            self._bridge.call(lambda engine: _restore(engine, task_id), self._on_restored, self._on_error)
        else:
            self._say("There is nothing to undo")

    def _on_restored(self, task: Task) -> None:
        self._deleted = [task_id for task_id in self._deleted if task_id != task.task_id]
        self._say(f"Restored: {task.title}")
        self.restored.emit(task)

    def _purge(self) -> None:
        task = self._detail.task
        if task is not None and self.ask_to_remove(f"“{task.title}” with its result and its files"):
            self._bridge.call(lambda engine: _purge(engine, task.task_id), lambda _: None, self._on_error)

    def _empty_trash(self) -> None:
        if self.ask_to_remove("Everything in Trash"):
            self._bridge.call(_empty_trash, lambda count: self._say(f"{count:,} gone for good"), self._on_error)


async def _pin(engine: Engine, task_id: TaskId) -> Task:
    return await engine.retention.pin(task_id)


async def _unpin(engine: Engine, task_id: TaskId) -> Task:
    return await engine.retention.unpin(task_id)


async def _delete(engine: Engine, task_id: TaskId) -> Task:
    return await engine.retention.delete(task_id)


async def _restore(engine: Engine, task_id: TaskId) -> Task:
    return await engine.retention.restore(task_id)


async def _purge(engine: Engine, task_id: TaskId) -> None:
    await engine.retention.purge(task_id)


async def _empty_trash(engine: Engine) -> int:
    return await engine.retention.empty_trash()
