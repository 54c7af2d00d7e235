"""The list of tasks as Qt sees it: fetched page by page, newest first, kept up to date by what the engine says."""

from datetime import UTC, datetime
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.engine import Task, TaskId, TaskPage, TaskQuery, TaskStatus
from desktop.ui import wording
from desktop.ui.bridge import Bridge

Index = QModelIndex | QPersistentModelIndex

PAGE: Final = 100
TASK_ROLE: Final = Qt.ItemDataRole.UserRole


class TaskListModel(QAbstractListModel):
    """Tasks that match a filter and a search. `loaded` is emitted when a page has arrived."""

    loaded = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._rows: list[Task] = []
        self._cursor: TaskId | None = None
        self._statuses: frozenset[TaskStatus] = frozenset()
        self._trashed = False
        self._text = ""
        self._generation = 0
        self._fetching = False
        self._is_new = False  # what was asked for last has not come yet
        self._loaded = False
        bridge.tasks_changed.connect(self._on_tasks_changed)
        bridge.tasks_gone.connect(self._on_tasks_gone)

    @property
    def is_loaded(self) -> bool:
        """Whether the first page has arrived, so that an empty list means that there is nothing."""
        return self._loaded

    @property
    def searches(self) -> bool:
        """Whether a search or a filter narrows the list."""
        return bool(self._text or self._statuses or self._trashed)

    @property
    def shows_trash(self) -> bool:
        """Whether it lists what is in Trash."""
        return self._trashed

    @property
    def text(self) -> str:
        """The words that are searched for."""
        return self._text

    @property
    def has_more(self) -> bool:
        """Whether there are more tasks than the ones fetched so far."""
        return self._cursor is not None

    def show(self, statuses: frozenset[TaskStatus], text: str, *, trashed: bool = False) -> None:
        """List the tasks in these statuses (none: all), or in Trash, that have these words."""
        self._statuses, self._text, self._trashed = statuses, text.strip(), trashed
        self._generation += 1
        generation = self._generation
        self._fetching = self._is_new = True
        self._bridge.call(lambda engine: engine.find(self._query(None)), lambda page: self._replace(generation, page))

    def task_at(self, row: int) -> Task:
        """The task in a row."""
        return self._rows[row]

    def row_of(self, task_id: TaskId) -> int | None:
        """The row of a task, None where it is not listed."""
        row = self._place(task_id)
        return row if row < len(self._rows) and self._rows[row].task_id == task_id else None

    def rowCount(self, parent: Index | None = None) -> int:
        """How many tasks have been fetched."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The task itself, or what is read out and shown as a tooltip."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        task = self._rows[index.row()]
        if role == TASK_ROLE:
            return task
        if role == Qt.ItemDataRole.DisplayRole:
            return task.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{task.title}\n{wording.standing(task)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state, when = wording.STATUS_WORDS[task.status], wording.timing(task, datetime.now(UTC))
            pinned = ", pinned" if task.pinned else ""
            return f"{task.title}, {state}{pinned}, {wording.standing(task)}, {when}"
        return None

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the engine has another page."""
        return not parent.isValid() and self._cursor is not None and not self._fetching

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page; it arrives later."""
        if not self.canFetchMore(parent):
            return
        self._fetching = True
        generation, cursor = self._generation, self._cursor
        self._bridge.call(lambda engine: engine.find(self._query(cursor)), lambda page: self._append(generation, page))

    def let_go(self, kept: int) -> None:
        """Forget all but the first `kept` rows; they are fetched again when somebody scrolls there."""
        if not 0 < kept < len(self._rows) or self._text or self._is_new:
            return
        if self._fetching:  # what comes would stand behind rows that are gone
            self._generation += 1
            self._fetching = False
        self.beginRemoveRows(QModelIndex(), kept, len(self._rows) - 1)
        del self._rows[kept:]
        self._cursor = self._rows[-1].task_id
        self.endRemoveRows()

    def _query(self, cursor: TaskId | None) -> TaskQuery:
        return TaskQuery(statuses=self._statuses, text=self._text, limit=PAGE, cursor=cursor, trashed=self._trashed)

    def _replace(self, generation: int, page: TaskPage) -> None:
        if generation != self._generation:
            return
        self.beginResetModel()
        self._rows = list(page.tasks)
        self._cursor = page.cursor
        self._fetching = self._is_new = False
        self._loaded = True
        self.endResetModel()
        self.loaded.emit()

    def _append(self, generation: int, page: TaskPage) -> None:
        if generation != self._generation:
            return
        self._fetching = False
        self._cursor = page.cursor
        last = self._rows[-1].task_id if self._rows else None
        fresh = [task for task in page.tasks if last is None or task.task_id < last]
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows.extend(fresh)
            self.endInsertRows()
        self.loaded.emit()

    def _on_tasks_changed(self, tasks: tuple[Task, ...]) -> None:
        for task in tasks:
            self._take_up(task)

    def _take_up(self, task: Task) -> None:
        row = self.row_of(task.task_id)
        belongs = not self._statuses or task.status in self._statuses
        belongs = belongs and (task.trashed is not None) == self._trashed
        if row is not None and belongs:
            self._rows[row] = task
            index = self.index(row)
            self.dataChanged.emit(index, index)
        elif row is not None:
            self._drop(row)
        elif belongs and not self._text and self._loaded:
            self._insert(task)

    def _on_tasks_gone(self, task_ids: tuple[TaskId, ...]) -> None:
        for row in [self.row_of(task_id) for task_id in sorted(task_ids)]:  # the oldest, and lowest, first
            if row is not None:
                self._drop(row)

    def _drop(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._rows[row]
        self.endRemoveRows()

    def _insert(self, task: Task) -> None:
        row = self._place(task.task_id)
        if row == len(self._rows) and self._cursor is not None:
            return  # it stands on a page that has not been fetched
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.insert(row, task)
        self.endInsertRows()

    def _place(self, task_id: TaskId) -> int:
        """The row where a task stands or would stand: identifiers fall from the newest to the oldest."""
        low, high = 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            if self._rows[middle].task_id > task_id:
                low = middle + 1
            else:
                high = middle
        return low
