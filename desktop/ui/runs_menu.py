"""The menu of a task's runs: the current one, and each earlier one as it ended."""

from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from desktop.engine import RunNumber, Task, TaskId
from desktop.ui import wording
from desktop.ui.bridge import Bridge


class RunsMenu(QMenu):
    """`run_wanted(Task | None)` is emitted with the task as it stood at the end of a run, None for the current one."""

    run_wanted = Signal(object)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__("Earlier runs", parent)
        self._bridge = bridge
        self._key: tuple[TaskId, RunNumber] | None = None
        self.setEnabled(False)

    def show_task(self, task: Task) -> None:
        """Offer the runs of this task; there is nothing to choose while it has only one."""
        key = (task.task_id, task.run)
        if key == self._key:
            return
        self._key = key
        self.clear()
        self.setEnabled(False)
        if task.run > 1:
            self._bridge.call(
                lambda engine: engine.past_runs(task.task_id), lambda past: self._on_past_runs(key, task, past)
            )

    def _on_past_runs(self, key: tuple[TaskId, RunNumber], task: Task, past: tuple[Task, ...]) -> None:
        if key != self._key:
            return
        group = QActionGroup(self)
        self._offer(group, f"Run {task.run} (current)", None)
        for earlier in reversed(past):
            ended = wording.moment(earlier.finished_at or earlier.created_at, datetime.now(UTC))
            self._offer(group, f"Run {earlier.run} · {wording.STATUS_WORDS[earlier.status]} · {ended}", earlier)
        group.actions()[0].setChecked(True)
        self.setEnabled(bool(past))

    def _offer(self, group: QActionGroup, text: str, task: Task | None) -> None:
        action = group.addAction(text)
        action.setCheckable(True)
        action.triggered.connect(lambda _checked=False: self.run_wanted.emit(task))
        self.addAction(action)
