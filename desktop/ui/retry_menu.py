"""The ways to run an ended task again: where it stopped first, then from the start, then from its other steps."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.engine import TERMINAL, RunNumber, Task, TaskId, counted, retry_steps, stopping_step

_AMPERSAND = "&&"


class RetryMenu(QMenu):
    """`retry_wanted(str | None)` is emitted with the name of the step to begin from, None for the start."""

    retry_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Retry", parent)
        self._key: tuple[TaskId, RunNumber] | None = None

    def show_task(self, task: Task) -> None:
        """Offer what can be done with this task; nothing while it has not ended."""
        key = (task.task_id, task.run) if task.status in TERMINAL else None
        if key == self._key:
            return
        self._key = key
        self.clear()
        if key is None:
            return
        stopped = stopping_step(task)
        if stopped is not None:
            kept = counted(stopped) if stopped.done else ""
            self._offer(from_step(stopped.title) + (f", {kept} kept" if kept else ""), stopped.name)
        self._offer("From the start", None)
        others = [step for step in retry_steps(task) if stopped is None or step.name != stopped.name]
        if others:
            self.addSeparator()
        for step in reversed(others):
            self._offer(from_step(step.title), step.name)
        self.setDefaultAction(self.actions()[0])

    def _offer(self, text: str, step: str | None) -> None:
        action = self.addAction(text.replace("&", _AMPERSAND))
        action.triggered.connect(lambda _checked=False: self.retry_wanted.emit(step))


def from_step(title: str) -> str:
    """How the offer to begin from a step is put."""
    return f"From “{title}”"
