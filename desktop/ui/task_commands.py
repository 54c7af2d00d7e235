"""What a person can do with the chosen task."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.engine import Engine, LegworkError, QuestionId, Task, TaskId, TaskQuery, TaskStatus, stopping_step
from desktop.ui.bridge import Bridge
from desktop.ui.detail import Detail

Order = Callable[[Engine, TaskId], Coroutine[Any, Any, Task]]
_ORDERS: dict[str, Order] = {
    "pause": lambda engine, task_id: engine.pause(task_id),
    "resume": lambda engine, task_id: engine.resume(task_id),
    "cancel": lambda engine, task_id: engine.cancel(task_id),
}


class TaskCommands(QObject):
    """Sends orders for the task that the detail pane shows; `say` tells the person what came of it."""

    def __init__(self, bridge: Bridge, detail: Detail, say: Callable[[str], None]) -> None:
        super().__init__(detail)
        self._bridge = bridge
        self._detail = detail
        self._say = say
        self.open_address: Callable[[QUrl], bool] = QDesktopServices.openUrl
        for part in (detail.retries, detail.steps.chart):
            part.retry_wanted.connect(self._retry)
        detail.question.answered.connect(self._answer)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What to do for the actions of those names."""
        return {
            **{name: partial(self._order, order) for name, order in _ORDERS.items()},
            "answer": self._detail.question.take_up,
            "retry": self._retry,
            "retry_on": self._retry_on,
            "copy_id": self._copy_id,
            "copy_result": self._copy_result,
            "save": self._save,
            "open_folder": self._open_folder,
        }

    def pause_all(self) -> None:
        """Pause everything that runs or waits for its turn."""
        statuses = frozenset({TaskStatus.RUNNING, TaskStatus.QUEUED})
        self._bridge.call(lambda engine: _pause_all(engine, statuses), lambda count: self._say(f"{count:,} paused"))

    def _order(self, order: Order) -> None:
        task = self._detail.task
        if task is not None:
            self._bridge.call(lambda engine: order(engine, task.task_id), lambda _: None, self._on_error)

    def _retry(self, from_step: str | None = None) -> None:
        self._order(lambda engine, task_id: engine.retry(task_id, from_step))

    def _retry_on(self) -> None:
        task = self._detail.task
        stopped = None if task is None else stopping_step(task)
        if stopped is not None:
            self._retry(stopped.name)

    def _answer(self, task_id: str, answer: str, asked: str) -> None:
        self._bridge.call(
            lambda engine: engine.answer(TaskId(task_id), answer, QuestionId(asked)), lambda _: None, self._on_refused
        )

    def _on_refused(self, error: LegworkError) -> None:
        self._detail.question.allow_again()
        self._on_error(error)

    def _on_error(self, error: LegworkError) -> None:
        self._say(str(error))

    def _copy_id(self) -> None:
        if self._detail.task is not None:
            QGuiApplication.clipboard().setText(self._detail.task.task_id)
            self._say("Identifier copied")

    def _copy_result(self) -> None:
        QGuiApplication.clipboard().setText(self._detail.result.page.markdown)
        self._say("Result copied")

    def _save(self) -> None:
        files = self._detail.files
        files.save_artifact(files.chosen)

    def _open_folder(self) -> None:
        engine, task = self._bridge.engine, self._detail.shown
        if engine is not None and task is not None and task.result is not None and task.result.artifacts:
            folder = engine.artifact_path(task, task.result.artifacts[0].name).parent
            self.open_address(QUrl.fromLocalFile(str(folder)))


async def _pause_all(engine: Engine, statuses: frozenset[TaskStatus]) -> int:
    """Queued ones first, so that none of them starts in the room that a pause makes."""
    page = await engine.find(TaskQuery(statuses=statuses, limit=1000))
    waiting_first = sorted(page.tasks, key=lambda task: task.status is TaskStatus.RUNNING)
    for task in waiting_first:
        await engine.pause(task.task_id)
    return len(waiting_first)
