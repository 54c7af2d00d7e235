"""The main window: puts the parts together, and decides what closing means."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout, QWidget

from desktop.engine import Engine, LegworkError, RuntimeStatus, Task, TaskId, TaskPage, TaskQuery, TaskStatus
from desktop.settings_file import SettingsFile
from desktop.ui import dialogs, wording
from desktop.ui.actions import Actions
from desktop.ui.banner import Banner
from desktop.ui.bridge import Bridge
from desktop.ui.composer import Composer
from desktop.ui.detail import EVIDENCE, FILES, RESULT, STEPS, Detail
from desktop.ui.dropped import dropped_models, dropped_paths
from desktop.ui.gpu_advice import GpuAdvice
from desktop.ui.models_door import ModelsDoor
from desktop.ui.notice_strips import NoticeStrips
from desktop.ui.runtime_watch import RuntimeWatch
from desktop.ui.sidebar import FILTERS, Sidebar
from desktop.ui.snackbar import Snackbar
from desktop.ui.status_line import StatusLine
from desktop.ui.task_commands import TaskCommands
from desktop.ui.task_list import SCROLL_ROOM, TaskList
from desktop.ui.templates_door import TemplatesDoor
from desktop.ui.theme import Theme
from desktop.ui.trash_commands import TrashCommands
from desktop.ui.tray import Tray
from desktop.ui.workload import Workload

SEARCH_DELAY: Final = 200
"""Milliseconds of silence after which a search begins."""

Counts = tuple[Mapping[TaskStatus, int], int]
"""How many tasks are in each status, and in Trash."""


class Window(QMainWindow):
    """The window. `quit_wanted` is emitted when the person means to leave the program."""

    quit_wanted = Signal()

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._bridge = bridge
        self._theme = theme
        self._tray: Tray | None = None
        self._settings: SettingsFile | None = None
        self._counts: Mapping[TaskStatus, int] = {}
        self._leaving = False
        self._load = Workload()
        self.ask_to_quit: Callable[[str], bool] = lambda said: dialogs.ask_to_quit(self, said)
        self.tell_of_loss: Callable[[str], None] = dialogs.tell_of_loss
        self.actions_ = Actions(self)
        self.sidebar = Sidebar(theme)
        self.composer = Composer(bridge, theme)
        self.tasks = TaskList(bridge, theme)
        self.detail = Detail(bridge, theme)
        self.status = StatusLine(theme)
        self.banner = Banner(theme)
        self.advice = GpuAdvice(bridge, theme)
        self.notices = NoticeStrips(theme)
        self.snackbar = Snackbar()
        self.commands = TaskCommands(bridge, self.detail, self.status.say)
        self.trash = TrashCommands(bridge, self.detail, self.snackbar, self.status.say)
        self.templates = TemplatesDoor(bridge, self.composer, self)
        self.models = ModelsDoor(bridge, theme, self.composer, self.tasks, self)
        self._search_timer = QTimer(self)
        self._watch = RuntimeWatch(bridge, self)
        self._build()
        self._connect()

    def use_tray(self, tray: Tray | None) -> None:
        """Say where the window may go while work runs; without a tray, closing it then asks."""
        self._tray = tray
        if tray is not None:
            tray.open_wanted.connect(self.open_again)
            tray.answer_wanted.connect(self.answer_next)
            tray.quit_wanted.connect(self.leave)
            tray.pause_wanted.connect(self.commands.pause_all)

    def use_settings(self, settings: SettingsFile) -> None:
        """Say what the settings page shows and saves."""
        self._settings = settings
        self.advice.use_settings(settings)
        self.templates.use_folder(settings.path.parent)
        self.composer.options.use_settings(settings)

    def open_again(self) -> None:
        """Come to the front, wherever the window was."""
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()
        self._watch.look()

    def answer_next(self) -> None:
        """Come to the front with a task that waits for an answer."""
        self.open_again()
        query = TaskQuery(statuses=frozenset({TaskStatus.WAITING}), limit=1)
        self._bridge.call(lambda engine: engine.find(query), self._on_waiting)

    def show_problem(self, error: LegworkError) -> None:
        """Say at the top what is in the way."""
        self.banner.say(str(error))

    def leave(self) -> None:
        """Quit; tasks that run go on at the next start."""
        if self._tray is None and self._busy and not self.ask_to_quit(self._workload()):
            return
        self._leaving = True
        self.close()
        self.quit_wanted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Go to the tray while work runs; without a tray, ask; without work, quit."""
        if self._leaving:
            event.accept()
        elif self._busy and self._tray is not None:
            self._tray.show()
            self.hide()
            event.ignore()
        elif self._busy and not self.ask_to_quit(self._workload()):
            event.ignore()
        else:
            self._leaving = True
            event.accept()
            self.quit_wanted.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the page of models along to the tray."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.models.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files from anywhere; the composer shows that it takes documents."""
        paths = dropped_paths(event.mimeData())
        if paths:
            self.composer.set_dropping(len(paths) > len(dropped_models(event.mimeData())))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The files went away again."""
        self.composer.set_dropping(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Attach what was dropped; models are offered to be used."""
        self.composer.set_dropping(False)
        models = dropped_models(event.mimeData())
        documents = [path for path in dropped_paths(event.mimeData()) if path not in models]
        if documents:
            self.composer.add_paths(documents)
        if models:
            self.models.offer_files(models)
        event.acceptProposedAction()

    @property
    def _busy(self) -> bool:
        return any(self._counts.get(status, 0) for status in (TaskStatus.RUNNING, TaskStatus.QUEUED))

    def _workload(self) -> str:
        running, queued = (self._counts.get(status, 0) for status in (TaskStatus.RUNNING, TaskStatus.QUEUED))
        return wording.workload(running, queued, self._load.seconds_left, datetime.now(UTC))

    def _build(self) -> None:
        self.setWindowTitle("Legwork")
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 600)
        self.resize(1360, 860)
        self.actions_.fill(self.menuBar())
        self._lay_out()
        self._offer_actions()

    def _lay_out(self) -> None:
        middle = QFrame()
        middle.setObjectName("middle")
        column = QVBoxLayout(middle)
        column.setContentsMargins(16, 16, 4, 0)
        column.setSpacing(16)
        top = QVBoxLayout()
        top.setContentsMargins(0, 0, SCROLL_ROOM, 0)
        top.setSpacing(16)
        for part in (self.notices, self.advice, self.banner, self.composer):
            top.addWidget(part)
        column.addLayout(top)
        column.addWidget(self.tasks, 1)
        bottom = QVBoxLayout()
        bottom.setContentsMargins(0, 0, SCROLL_ROOM, 16)
        bottom.addWidget(self.snackbar)
        column.addLayout(bottom)
        halves = QSplitter()
        halves.setHandleWidth(1)
        halves.setChildrenCollapsible(False)
        halves.addWidget(middle)
        halves.addWidget(self.detail)
        middle.setMinimumWidth(380)
        self.detail.setMinimumWidth(280)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        halves.setSizes([668, 476])
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.sidebar)
        across.addWidget(halves, 1)
        page = QWidget()
        down = QVBoxLayout(page)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addLayout(across, 1)
        down.addWidget(self.status)
        self.setCentralWidget(page)

    def _offer_actions(self) -> None:
        self.composer.offer_files([self.actions_["add_files"], self.actions_["add_folder"]])
        self.detail.offer(
            [
                (self.actions_["pause"], "pause"),
                (self.actions_["resume"], "play"),
                (self.actions_["cancel"], "stop"),
                (self.actions_["restore"], "restore"),
                (self.actions_["purge"], "delete-forever-outline"),
            ],
            self.actions_["retry"],
            [
                *(self.actions_[name] for name in ("reuse", "copy_result", "copy_id", "save", "open_folder")),
                None,
                *(self.actions_[name] for name in ("pin", "unpin", "delete")),
            ],
        )
        self.actions_.follow(None)
        self.composer.goal.setFocus()

    def _connect(self) -> None:
        self._connect_actions()
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(SEARCH_DELAY)
        self._search_timer.timeout.connect(self._list)
        self.sidebar.filters.currentRowChanged.connect(self._list)
        self.sidebar.search.textChanged.connect(lambda _: self._search_timer.start())
        self.tasks.chosen.connect(self._on_chosen)
        self.tasks.answer_wanted.connect(self.detail.question.take_up)
        self.tasks.example_wanted.connect(self.composer.write_goal)
        self.composer.submitted.connect(self._on_submitted)
        self.status.models_wanted.connect(self.models.open)
        self.models.usual_changed.connect(self.status.show_default)
        self.detail.files.said.connect(self.status.say)
        self._bridge.attached.connect(self._on_attached)
        self._bridge.moved.connect(self._refresh_counts)
        self._bridge.tasks_changed.connect(self._on_tasks_changed)
        self._bridge.tasks_gone.connect(self._on_tasks_gone)
        self._bridge.failed.connect(self.show_problem)
        self._bridge.notices_changed.connect(self.notices.show_notices)
        self.trash.restored.connect(self._on_restored)
        self._watch.status_seen.connect(self._on_runtime_status)
        for part in (self.sidebar.card, self.status, self.advice):
            self._watch.machine_seen.connect(part.show_machine)

    def _connect_actions(self) -> None:
        tabs = self.detail.tabs
        handlers: dict[str, Callable[[], object]] = {
            "new": self.composer.goal.setFocus,
            "start": self.composer.submit,
            "kind": self.composer.kind.toggle,
            "options": self.composer.tune.toggle,
            "templates": self.templates.open,
            "save_template": self.templates.save,
            "add_files": lambda: self.composer.add_paths(dialogs.ask_for_files(self)),
            "add_folder": lambda: self.composer.add_paths(dialogs.ask_for_folder(self)),
            "settings": self._open_settings,
            "models": self.models.open,
            "deliveries": self._open_deliveries,
            "close": self.close,
            "quit": self.leave,
            "search": self._search,
            "next": lambda: self.tasks.step(1),
            "previous": lambda: self.tasks.step(-1),
            "result": lambda: tabs.setCurrentIndex(RESULT),
            "steps": lambda: tabs.setCurrentIndex(STEPS),
            "evidence": lambda: tabs.setCurrentIndex(EVIDENCE),
            "files": lambda: tabs.setCurrentIndex(FILES),
            "shortcuts": lambda: dialogs.show_keys(self, self.actions_.keys()),
            "about": lambda: dialogs.show_about(self),
            "reuse": self._reuse,
            **self.commands.handlers(),
            **self.trash.handlers(),
            **{f"filter_{row}": partial(self._filter, row) for row in range(len(FILTERS))},
        }
        self.actions_.connect_all(handlers)

    def _on_attached(self) -> None:
        self._list()
        self._refresh_counts()
        self.models.look()
        self.templates.look()
        self._watch.start()

    def _list(self) -> None:
        self._search_timer.stop()
        chosen = self.sidebar.chosen
        self.tasks.show(chosen.statuses, self.sidebar.search.text(), trashed=chosen.trashed)

    def _refresh_counts(self) -> None:
        self._bridge.call(_counts, self._on_counts)

    def _on_counts(self, counted: Counts) -> None:
        self._counts, in_trash = counted
        self.sidebar.show_counts(self._counts, in_trash)
        self.actions_["empty_trash"].setEnabled(in_trash > 0)
        self._watch.set_busy(self._busy)
        said = self._workload()
        self.status.show_workload(said)
        if self._tray is not None:
            self._tray.say(said, self._counts.get(TaskStatus.WAITING, 0))

    def _on_runtime_status(self, status: RuntimeStatus) -> None:
        self.detail.refresh()
        for part in (self.sidebar.card, self.status):
            part.show_status(status)

    def _on_tasks_changed(self, tasks: tuple[Task, ...]) -> None:
        self._load.take_up(tasks)
        for part in (self.sidebar.card, self.status):
            part.show_speed(self._load.tokens_per_second)
        shown = self.detail.task
        for task in tasks:
            if shown is not None and task.task_id == shown.task_id:
                self._on_chosen(task)
        self.status.show_workload(self._workload())

    def _on_chosen(self, task: Task) -> None:
        self.detail.show_task(task)
        self.actions_.follow(task)

    def _on_tasks_gone(self, task_ids: tuple[TaskId, ...]) -> None:
        shown = self.detail.task
        if shown is not None and shown.task_id in task_ids:
            self.detail.show_task(None)
            self.actions_.follow(None)

    def _on_waiting(self, page: TaskPage) -> None:
        for task in page.tasks:
            self._filter(next(row for row, each in enumerate(FILTERS) if TaskStatus.WAITING in each.statuses))
            self.tasks.choose(task)
            self._on_chosen(task)
            self.detail.question.take_up()

    def _on_restored(self, task: Task) -> None:
        if not self.tasks.model.shows_trash:
            self.tasks.choose(task)
        if self.tasks.model.text:  # a search takes up no row by itself
            self._list()

    def _on_submitted(self, task: Task) -> None:
        self.tasks.choose(task)
        self._on_chosen(task)
        self.status.say(f"Accepted as {task.task_id}")

    def _reuse(self) -> None:
        task = self.detail.task
        if task is not None:
            self.composer.take(task.request)

    def _open_settings(self) -> None:
        if self._settings is not None:
            from desktop.ui.settings_dialog import SettingsDialog  # not before the first paint

            if SettingsDialog(self._bridge, self._settings, self._theme, self).exec():
                self.models.look()  # model servers came or went
                self.composer.options.look()

    def _open_deliveries(self) -> None:
        from desktop.ui.deliveries_dialog import DeliveriesDialog

        DeliveriesDialog(self._bridge, self).exec()

    def _filter(self, row: int) -> None:
        self.sidebar.search.clear()
        self.sidebar.choose(row)

    def _search(self) -> None:
        self.sidebar.search.setFocus()
        self.sidebar.search.selectAll()


async def _counts(engine: Engine) -> Counts:
    return await engine.counts(), await engine.retention.trash_count()
