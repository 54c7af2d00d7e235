"""The side bar: name, search, filters with counts, and what the runtime does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Machine, RuntimeStatus, TaskStatus, device_name
from desktop.ui import status_look, wording
from desktop.ui.labels import ElidedLabel, quiet
from desktop.ui.task_list_model import Index
from desktop.ui.theme import Theme, scaled

WIDTH: Final = 216
ROW: Final = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One line of the side bar: a name for some of the statuses (none: all), or for Trash."""

    name: str
    glyph: str
    statuses: frozenset[TaskStatus] = frozenset()
    trashed: bool = False


FILTERS: Final = (
    Filter(name="All", glyph="tray-full"),
    *(
        Filter(name=wording.STATUS_WORDS[status], glyph=status_look.GLYPHS[status], statuses=frozenset({status}))
        for status in (
            TaskStatus.RUNNING,
            TaskStatus.WAITING,
            TaskStatus.QUEUED,
            TaskStatus.PAUSED,
            TaskStatus.COMPLETED,
            TaskStatus.FAILED,
            TaskStatus.CANCELLED,
        )
    ),
    Filter(name="Trash", glyph="trash-can-outline", trashed=True),
)
_COUNT_ROLE: Final = Qt.ItemDataRole.UserRole
_FILTER_ROLE: Final = Qt.ItemDataRole.UserRole + 1


class FilterDelegate(QStyledItemDelegate):
    """Paints a filter: shape, name, count."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line."""
        return QSize(WIDTH - 20, max(ROW, option.fontMetrics.height() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the line."""
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        row = QRectF(option.rect).adjusted(0, 2, 0, -2)
        count = index.data(_COUNT_ROLE) or 0
        filter_: Filter = index.data(_FILTER_ROLE)
        calls = TaskStatus.WAITING in filter_.statuses and count
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("chosen" if chosen else "track"))
            painter.drawRoundedRect(row, 7, 7)
        colour = "needs" if calls else "accent" if chosen else "quiet"
        icon = self._theme.pixmap(filter_.glyph, colour, 18, painter.device().devicePixelRatioF())
        painter.drawPixmap(int(row.left()) + 12, int(row.center().y()) - 8, icon)
        painter.setFont(scaled(option.font, 1, QFont.Weight.DemiBold if chosen or calls else QFont.Weight.Normal))
        painter.setPen(self._theme.colour("text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row.adjusted(40, 0, -52, 0), int(middle | Qt.AlignmentFlag.AlignLeft), filter_.name)
        painter.setFont(scaled(option.font, 0.92))
        painter.setPen(self._theme.colour("needs" if calls else "quiet"))
        painter.drawText(row.adjusted(0, 0, -10, 0), int(middle | Qt.AlignmentFlag.AlignRight), f"{count:,}")
        painter.restore()


class Sidebar(QFrame):
    """`filter_changed()` is emitted when another filter is chosen or another text searched for."""

    filter_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(WIDTH)
        self._theme = theme
        self.search = QLineEdit()
        self.filters = QListWidget()
        self.card = RuntimeCard(theme)
        self._mark = QLabel()
        self._magnifier = QAction(self)
        self._build()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.search.textChanged.connect(self.filter_changed)
        self.filters.currentRowChanged.connect(self.filter_changed)

    @property
    def chosen(self) -> Filter:
        """The filter in use."""
        return FILTERS[max(0, self.filters.currentRow())]

    def choose(self, row: int) -> None:
        """Use the filter in that row."""
        self.filters.setCurrentRow(row)

    def reset(self) -> None:
        """Show all tasks."""
        self.search.clear()
        self.choose(0)

    def show_counts(self, counts: Mapping[TaskStatus, int], in_trash: int) -> None:
        """Put the numbers beside the filters."""
        for row, chosen in enumerate(FILTERS):
            count = sum(number for status, number in counts.items() if not chosen.statuses or status in chosen.statuses)
            count = in_trash if chosen.trashed else count
            item = self.filters.item(row)
            item.setData(_COUNT_ROLE, count)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{chosen.name}, {count:,}")

    def _build(self) -> None:
        name = QLabel("Legwork")
        name.setFont(scaled(name.font(), 1.3, QFont.Weight.Bold))
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 0, 0)
        head.setSpacing(8)
        head.addWidget(self._mark)
        head.addWidget(name, 1)
        self.search.setPlaceholderText("Search   Ctrl+F")
        self.search.setAccessibleName("Search tasks")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(self._magnifier, QLineEdit.ActionPosition.LeadingPosition)
        self.filters.setAccessibleName("Filters")
        self.filters.setItemDelegate(FilterDelegate(self._theme, self.filters))
        self.filters.setMouseTracking(True)
        self.filters.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for chosen in FILTERS:
            item = QListWidgetItem(chosen.name)
            item.setData(_FILTER_ROLE, chosen)
            self.filters.addItem(item)
        self.filters.setCurrentRow(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 16, 10, 14)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addWidget(self.filters, 1)
        column.addWidget(self.card)

    def _paint_icons(self) -> None:
        self._mark.setPixmap(self._theme.pixmap("shoe-print", "accent", 22, self.devicePixelRatioF()))
        self._magnifier.setIcon(self._theme.icon("magnify"))


class RuntimeCard(QFrame):
    """Which model is loaded, on what, how much memory it holds, and how fast it writes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runtimeCard")
        self.setAccessibleName("Model and runtime")
        self._theme = theme
        self._machine: Machine | None = None
        self._status = RuntimeStatus()
        self._icon = QLabel()
        self._device = ElidedLabel("No model loaded")
        self._device.setFont(scaled(self._device.font(), 1, QFont.Weight.DemiBold))
        self._model = ElidedLabel("The first task loads one")
        self._memory = QLabel()
        self._speed = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName("Memory that the model holds")
        for label in (self._model, self._memory, self._speed):
            quiet(label)
            label.setFont(scaled(label.font(), 0.92))
        self._build()
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self.show_status(RuntimeStatus())

    def show_speed(self, tokens_per_second: float) -> None:
        """Show how fast the model writes for all tasks together."""
        self._speed.setText(wording.speed(tokens_per_second))

    def show_status(self, status: RuntimeStatus) -> None:
        """Show what the runtime does."""
        self._status = status
        if status.model is not None:
            self._device.setText(device_name(status.model))
            self._model.setText(status.model.name)
        elif status.loading:
            self._device.setText("Loading a model…")
            self._model.setText(status.loading)
        else:
            self._device.setText("Runtime failed" if status.problem else "No model loaded")
            self._model.setText(status.problem or "The first task loads one")
        self._show_memory()

    def show_machine(self, machine: Machine) -> None:
        """Show what the model takes as a part of what this machine has."""
        self._machine = machine
        self.show_status(self._status)

    def _show_memory(self) -> None:
        taken, total = wording.share(self._status, self._machine)
        self._memory.setText(wording.held(self._status, self._machine))
        self._bar.setValue(round(1000 * taken / total) if total else 0)
        for widget in (self._memory, self._bar):
            widget.setVisible(taken > 0)
        self._speed.setVisible(taken > 0 or self._status.model is not None)  # one elsewhere holds no memory here

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(self._device, 1)
        figures = QHBoxLayout()
        figures.addWidget(self._memory)
        figures.addStretch(1)
        figures.addWidget(self._speed)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 14)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._model)
        column.addLayout(figures)
        column.addWidget(self._bar)

    def _paint_icon(self) -> None:
        self._icon.setPixmap(self._theme.pixmap("expansion-card-variant", "accent", 18, self.devicePixelRatioF()))
