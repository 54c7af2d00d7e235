"""What was told to others, what could not be and why, and *Send again*."""

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Delivery, DeliveryPage, DeliveryQuery, DeliveryStatus
from desktop.ui import wording
from desktop.ui.bridge import Bridge
from desktop.ui.labels import quiet

_FILTERS: Final[tuple[tuple[str, DeliveryStatus | None], ...]] = (
    ("All", None),
    ("Given up", DeliveryStatus.DEAD),
    ("On their way", DeliveryStatus.PENDING),
    ("Delivered", DeliveryStatus.DELIVERED),
)
_STATES: Final = {
    DeliveryStatus.DEAD: "✕ given up",
    DeliveryStatus.PENDING: "… on its way",
    DeliveryStatus.DELIVERED: "✓ delivered",
}
_COLUMNS: Final = ("Task", "What", "To", "State", "Since")
_SHOWN: Final = 200


class DeliveriesDialog(QDialog):
    """Lists the newest deliveries; the chosen one's trouble stands below."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._deliveries: tuple[Delivery, ...] = ()
        self.filter = QComboBox()
        self.table = QTableWidget(0, len(_COLUMNS))
        self.problem = quiet(QLabel())
        self.again = QPushButton("Send again")
        self._build()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the list anew."""
        status = _FILTERS[self.filter.currentIndex()][1]
        self._bridge.call(lambda engine: engine.outbox.find(DeliveryQuery(status=status, limit=_SHOWN)), self._on_page)

    def _build(self) -> None:
        self.setWindowTitle("Deliveries")
        self.resize(800, 480)
        self.filter.setAccessibleName("Which deliveries")
        self.filter.addItems([name for name, _ in _FILTERS])
        self.filter.currentIndexChanged.connect(self.refresh)
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.setAccessibleName("Deliveries")
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.itemSelectionChanged.connect(self._on_chosen)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.again.clicked.connect(self._send_again)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        below = QHBoxLayout()
        below.addWidget(self.again)
        below.addWidget(self.problem, 1)
        below.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        column.addLayout(below)
        self._on_chosen()

    def _on_page(self, page: DeliveryPage) -> None:
        chosen = self._chosen()
        self._deliveries = page.deliveries
        self.table.setRowCount(len(page.deliveries))
        for row, delivery in enumerate(page.deliveries):
            for column, text in enumerate(_cells(delivery)):
                self.table.setItem(row, column, QTableWidgetItem(text))
            if chosen is not None and delivery.delivery_id == chosen.delivery_id:
                self.table.selectRow(row)
        self._on_chosen()

    def _chosen(self) -> Delivery | None:
        rows = self.table.selectionModel().selectedRows()
        return self._deliveries[rows[0].row()] if rows else None

    def _on_chosen(self) -> None:
        chosen = self._chosen()
        self.again.setEnabled(chosen is not None and chosen.status is not DeliveryStatus.DELIVERED)
        if chosen is None:
            self.problem.setText("" if self._deliveries else "Nothing here.")
        else:
            tried = f"Tried {chosen.attempts} times. " if chosen.attempts > 1 else ""
            self.problem.setText(f"{tried}{chosen.problem}".strip())

    def _send_again(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._bridge.call(lambda engine: engine.outbox.send_again(chosen.delivery_id), lambda _: self.refresh())


def _cells(delivery: Delivery) -> tuple[str, ...]:
    """What the columns say."""
    return (
        delivery.bulletin.title,
        delivery.bulletin.occasion.value.removeprefix("task."),
        f"{delivery.channel} {delivery.receiver}".strip(),
        _STATES[delivery.status],
        wording.moment(delivery.created_at, datetime.now(UTC)),
    )
