"""The view of the list: knows that all cards are of one height, so that a change is painted and never laid out."""

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from desktop.ui.task_list_model import Index


class TaskView(QListView):
    """A list of cards that stays quick with 100,000 of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName("Tasks")
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def rows_to_the_last_seen(self) -> int:
        """How many rows there are from the first one to the last one in sight; too many rather than too few."""
        bar = self.verticalScrollBar()
        height = max(bar.maximum() + bar.pageStep(), 1)
        return ceil(self.model().rowCount() * min((bar.value() + bar.pageStep()) / height, 1.0))

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Paint the cards again. QListView itself would lay all rows out anew, at every update of one."""
        QAbstractItemView.dataChanged(self, first, last, list(roles))
