"""The right pane: one task's title, where it stands, what can be done with it, and its four tabs."""

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Task, TaskStatus
from desktop.ui import wording
from desktop.ui.bridge import Bridge
from desktop.ui.evidence_view import EvidenceView
from desktop.ui.files_view import FilesView
from desktop.ui.labels import ElidedLabel, quiet
from desktop.ui.question_form import QuestionForm
from desktop.ui.result_view import ResultView
from desktop.ui.retry_menu import RetryMenu
from desktop.ui.runs_menu import RunsMenu
from desktop.ui.steps_view import StepsView
from desktop.ui.theme import Theme, scaled

RESULT, STEPS, EVIDENCE, FILES = range(4)
_STARTS_AT_STEPS: Final = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.PAUSED})


class Detail(QFrame):
    """Shows one task, or says that none is chosen."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.setObjectName("detail")
        self._theme = theme
        self._task: Task | None = None
        self._earlier: Task | None = None
        self.title = ElidedLabel()
        self.meta = ElidedLabel()
        self.tabs = QTabWidget()
        self.result = ResultView(bridge, theme)
        self.steps = StepsView(bridge, theme)
        self.evidence = EvidenceView(bridge, theme)
        self.files = FilesView(bridge, theme)
        self.question = QuestionForm(theme)
        self.more = QToolButton()
        self.runs = RunsMenu(bridge, self)
        self.retries = RetryMenu(self)
        self._buttons = QHBoxLayout()
        self._pairs: list[tuple[QPushButton, QAction, str]] = []
        self._pages = QStackedLayout(self)
        self._build()
        self.result.artifact_wanted.connect(self.files.open_artifact)
        self.evidence.artifact_wanted.connect(self.files.open_artifact)
        self.runs.run_wanted.connect(self._on_run_wanted)
        theme.changed.connect(self._paint_icons)

    @property
    def task(self) -> Task | None:
        """The task that is shown, as it is now."""
        return self._task

    @property
    def shown(self) -> Task | None:
        """What is shown of it: the task now, or as it stood at the end of an earlier run."""
        return self._earlier or self._task

    def offer(self, actions: list[tuple[QAction, str]], retry: QAction, menu: list[QAction | None]) -> None:
        """Make buttons of actions (with their icons), one for the ways to retry, and a menu of the others."""
        for action, glyph in actions:
            button = QPushButton(action.text().replace("&", ""))
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            self._add_button(button, action, glyph)
        again = QPushButton("Retry")
        again.setToolTip("Run this task again: where it stopped, from the start, or from one of its steps")
        again.setMenu(self.retries)
        self._add_button(again, retry, "restart")
        more = QMenu(self.more)
        for entry in menu:
            if entry is None:
                more.addSeparator()
            else:
                more.addAction(entry)
        more.addSeparator()
        more.addMenu(self.runs)
        self.more.setMenu(more)
        self._follow_actions()
        self._paint_icons()

    def _add_button(self, button: QPushButton, action: QAction, glyph: str) -> None:
        button.setAccessibleName(button.text())
        self._buttons.insertWidget(len(self._pairs), button)
        self._pairs.append((button, action, glyph))
        action.changed.connect(self._follow_actions)

    def show_task(self, task: Task | None) -> None:
        """Show this task, or none. Another task begins at the tab that has most to say."""
        fresh = task is not None and (self._task is None or self._task.task_id != task.task_id)
        ended = (
            not fresh
            and task is not None
            and self._task is not None
            and task.result is not None
            and self._task.result is None
        )
        if task is None or self._task is None or (task.task_id, task.run) != (self._task.task_id, self._task.run):
            self._earlier = None
        self._task = task
        self._pages.setCurrentIndex(1 if task is not None else 0)
        if task is None:
            return
        self.runs.show_task(task)
        self.retries.show_task(task)
        self._show()
        if fresh or ended:
            self.tabs.setCurrentIndex(STEPS if task.status in _STARTS_AT_STEPS else RESULT)

    def refresh(self) -> None:
        """Say again what time has changed."""
        if self.shown is not None:
            now = datetime.now(UTC)
            self.meta.setText(meta_line(self.shown, now, self._kept(self.shown, now)))

    def _kept(self, shown: Task, now: datetime) -> str:
        engine = self._bridge.engine
        if self._earlier is not None or engine is None:
            return ""
        return wording.kept(shown, engine.retention.time_in_trash(shown), now)

    def _show(self) -> None:
        shown = self.shown
        if shown is None:
            return
        self.title.setText(shown.title)
        self.refresh()
        self.steps.chart.offers_retry = self._earlier is None
        self.question.show_task(self._task)
        for view in (self.result, self.steps, self.evidence, self.files):
            view.show_task(shown)

    def _on_run_wanted(self, earlier: Task | None) -> None:
        self._earlier = earlier
        self._show()
        self.tabs.setCurrentIndex(RESULT)

    def _build(self) -> None:
        self.title.setFont(scaled(self.title.font(), 1.4, QFont.Weight.Bold))
        self.title.setAccessibleName("Title")
        quiet(self.meta)
        self.more.setAccessibleName("More")
        self.more.setToolTip("More that can be done with this task")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._buttons.setSpacing(8)
        self._buttons.addWidget(self.more)
        self._buttons.addStretch(1)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Parts of the task")
        for view, name in (
            (self.result, "Result"),
            (self.steps, "Steps"),
            (self.evidence, "Evidence"),
            (self.files, "Files"),
        ):
            self.tabs.addTab(view, name)
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(24, 16, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.meta)
        column.addLayout(self._buttons)
        column.addWidget(self.question)
        column.addWidget(self.tabs, 1)
        nothing = quiet(QLabel("Choose a task to see its result, its steps and its files."))
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        nothing.setWordWrap(True)
        nothing.setMargin(32)
        self._pages.addWidget(nothing)
        self._pages.addWidget(shown)

    def _follow_actions(self) -> None:
        for button, action, _ in self._pairs:
            button.setVisible(action.isEnabled())

    def _paint_icons(self) -> None:
        for button, _, glyph in self._pairs:
            button.setIcon(self._theme.icon(glyph, "text"))
        self.more.setIcon(self._theme.icon("dots-horizontal", "text"))
        self.more.setIconSize(QSize(18, 18))


def meta_line(task: Task, now: datetime, kept: str = "") -> str:
    """Under the title: state, time, how long it is kept, model, run and files of a task."""
    parts = [wording.STATUS_WORDS[task.status]]
    if task.status in (TaskStatus.RUNNING, TaskStatus.QUEUED, TaskStatus.COMPLETED):
        parts.append(wording.timing(task, now))
    else:
        parts.append(wording.moment(task.finished_at or task.created_at, now))
    if task.started_at is not None and task.finished_at is None:
        parts.append(f"started {wording.moment(task.started_at, now)}")
    if kept:
        parts.append(kept)
    if task.run > 1:
        parts.append(f"run {task.run}" + (f", on top of run {task.builds_on[0]}" if task.builds_on else ""))
    if task.model:
        parts.append(task.model)
    names = [given.label for given in task.request.inputs[:3]]
    if names:
        more = len(task.request.inputs) - len(names)
        parts.append(", ".join(names) + (f" and {more:,} more" if more else ""))
    return " · ".join(parts)
