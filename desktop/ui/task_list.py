"""The middle of the window: the list of tasks, or what to do first where there is none."""

from typing import Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from desktop.engine import Task, TaskId, TaskStatus
from desktop.ui.bridge import Bridge
from desktop.ui.labels import quiet
from desktop.ui.task_delegate import TaskDelegate
from desktop.ui.task_list_model import PAGE, TaskListModel
from desktop.ui.task_view import TaskView
from desktop.ui.theme import Theme, scaled

EXAMPLES: Final = (
    "Summarise this in five points",
    "Which deadlines and amounts are named?",
    "Extract date, sender and total into a table",
)


SPARE_ROWS: Final = 3 * PAGE
"""So many rows may be listed below the last one that is seen."""

SCROLL_ROOM: Final = 12
"""The width of the scroll bar and of the gap before it."""


class TaskList(QWidget):
    """Signals: `chosen(Task | None)` for the task to show, `example_wanted(str)` for a goal to try, `answer_wanted()`
    where the person means to answer the chosen task, `welcomed()` when there is no task at all, `models_wanted()` where
    the person takes up what was suggested then.
    """

    chosen = Signal(object)
    answer_wanted = Signal()
    example_wanted = Signal(str)
    welcomed = Signal()
    models_wanted = Signal()

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TaskListModel(bridge, self)
        self.view = TaskView()
        self.delegate = TaskDelegate(theme, self.view)
        self.found = quiet(QLabel())
        self.suggestion, self.take_up = quiet(QLabel()), QPushButton()
        self._chosen: TaskId | None = None
        self._chosen_is_away = False  # its row was let go
        self._column = QVBoxLayout(self)
        self._pages = QStackedLayout()
        self._nothing = quiet(QLabel("Nothing here matches."))
        self._build()
        self.model.loaded.connect(self._on_loaded)
        for changed in (self.model.rowsInserted, self.model.rowsRemoved, self.model.modelReset):
            changed.connect(self._refresh)
        self.model.dataChanged.connect(self._on_data_changed)
        bridge.tasks_changed.connect(self._let_go)  # after the model has them
        self.view.selectionModel().currentChanged.connect(self._on_current)

    def show(self, statuses: frozenset[TaskStatus], text: str, *, trashed: bool = False) -> None:  # type: ignore[override]
        """List the tasks in these statuses, or in Trash, that have these words."""
        self.model.show(statuses, text, trashed=trashed)

    def choose(self, task: Task) -> None:
        """Choose a task, now or when it is listed."""
        self._chosen = task.task_id
        self._chosen_is_away = False
        self._select_chosen()

    def suggest(self, text: str, word: str) -> None:
        """Say something on the empty list, with a button that takes it up; without a text both go."""
        self.suggestion.setText(text)
        self.take_up.setText(word.replace("&", "&&"))
        for part in (self.suggestion, self.take_up):
            part.setVisible(bool(text))

    def step(self, by: int) -> None:
        """Choose the task that is so many rows further down."""
        row = self.view.currentIndex().row() + by
        if 0 <= row < self.model.rowCount():
            self.view.setCurrentIndex(self.model.index(row))

    def _build(self) -> None:
        self.view.setModel(self.model)
        self.view.setItemDelegate(self.delegate)
        self.delegate.answer_wanted.connect(self.answer_wanted)
        self.found.hide()
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nothing.setMargin(32)
        self._nothing.setWordWrap(True)
        self._pages.addWidget(QWidget())
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(self._welcome())
        column = self._column
        column.setSpacing(8)
        column.addWidget(self.found)
        column.addLayout(self._pages, 1)
        self.view.verticalScrollBar().rangeChanged.connect(self._leave_room)
        self._leave_room()

    def _leave_room(self) -> None:
        """Keep the cards where they are, whether the scroll bar stands beside them or not."""
        scrolls = self.view.verticalScrollBar().maximum() > 0
        self._column.setContentsMargins(0, 0, 0 if scrolls else SCROLL_ROOM, 0)

    def _welcome(self) -> QWidget:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 32, 24, 32)
        column.setSpacing(12)
        heading = QLabel("Hand over your first long job")
        heading.setFont(scaled(heading.font(), 1.3, QFont.Weight.Bold))
        text = quiet(
            QLabel(
                "Drop a PDF, a folder or any documents on this window, say what you want to know, and press Start. "
                "You can close the window; the result is kept. Everything stays on this machine."
            )
        )
        text.setWordWrap(True)
        column.addWidget(heading)
        column.addWidget(text)
        column.addWidget(quiet(QLabel("For example:")))
        for example in EXAMPLES:
            button = QPushButton(example)
            button.setObjectName("example")
            button.clicked.connect(lambda _=False, example=example: self.example_wanted.emit(example))
            column.addWidget(button)
        self.suggestion.setWordWrap(True)
        self.suggestion.setTextFormat(Qt.TextFormat.PlainText)
        self.take_up.setObjectName("suggestion")
        self.take_up.setAccessibleName("Take up the suggestion")
        self.take_up.clicked.connect(self.models_wanted)
        column.addSpacing(8)
        for part in (self.suggestion, self.take_up):
            part.hide()
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        return scroll

    def _let_go(self) -> None:
        """Let go of rows far below what is seen: all rows are laid out whenever a task comes.

        A chosen task stays chosen, and is marked again when its row is fetched.
        """
        needed = self.view.rows_to_the_last_seen()
        if self.model.rowCount() <= needed + SPARE_ROWS:
            return
        if self.view.currentIndex().row() >= needed + PAGE:
            self.view.selectionModel().clear()  # else its neighbour would be chosen in its place
            self._chosen_is_away = True
        self.model.let_go(needed + PAGE)

    def _on_loaded(self) -> None:
        self._refresh()
        self._select_chosen()

    def _refresh(self) -> None:
        rows = self.model.rowCount()
        if not self.model.is_loaded:
            self._pages.setCurrentIndex(0)
        elif rows:
            self._pages.setCurrentIndex(1)
        else:
            self._pages.setCurrentIndex(2 if self.model.searches else 3)
            if not self.model.searches:
                self.welcomed.emit()
        self.found.setVisible(bool(self.model.text) and rows > 0)
        more = "more than " if self.model.has_more else ""
        self.found.setText(f"{more}{rows:,} found for “{self.model.text}”".capitalize())
        said = "Trash is empty." if self.model.shows_trash else "There are no such tasks now."
        said = f"No task has the words “{self.model.text}”." if self.model.text else said
        self._nothing.setText(f"{said} Ctrl+1 shows all tasks.")
        self._select_chosen()

    def _select_chosen(self) -> None:
        row = self.model.row_of(self._chosen) if self._chosen is not None else None
        if row is None and self._chosen is None and self.model.rowCount():
            row = 0
        if row is not None and self.view.currentIndex().row() != row:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.view.setAutoScroll(not self._chosen_is_away)  # whoever scrolls there is not to be moved
            self.view.selectionModel().setCurrentIndex(self.model.index(row), flags)
            self.view.setAutoScroll(True)
            if not self._chosen_is_away:
                self.view.scrollTo(self.model.index(row))
            self._chosen_is_away = False

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            task = self.model.task_at(current.row())
            self._chosen = task.task_id
            self.chosen.emit(task)

    def _on_data_changed(self, first: QModelIndex, _last: QModelIndex) -> None:
        if first.row() == self.view.currentIndex().row():
            self.chosen.emit(self.model.task_at(first.row()))
