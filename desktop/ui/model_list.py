"""The lines of the list of models, for Qt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.engine import Appraisal, DownloadStatus
from desktop.ui import model_wording
from desktop.ui.model_row import ModelRow

ROW_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class ModelListModel(QAbstractListModel):
    """Shows rows; what becomes known of one changes that one alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[ModelRow, ...] = ()

    def show(self, rows: Sequence[ModelRow]) -> None:
        """Show these. Where they are the same models as before, nothing moves."""
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = tuple(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many models are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself, its name, or all of it in words."""
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.model.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return model_wording.spoken(row)
            case Qt.ItemDataRole.ToolTipRole:
                return row.model.name
            case _ if role == ROW_ROLE:
                return row
        return None

    def row_of(self, key: str) -> int | None:
        """Where that model stands; None where it is not shown."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), None)

    def appraised(self, key: str, appraisal: Appraisal) -> None:
        """It is known what that model takes."""
        self._change(lambda row: replace(row, appraisal=appraisal) if row.key == key else row)

    def moved(self, statuses: Sequence[DownloadStatus]) -> None:
        """Downloads stand so by now."""
        by_id = {status.id: status for status in statuses}
        self._change(lambda row: replace(row, download=by_id.get(row.model.download, row.download)))

    def _change(self, change: Any) -> None:
        for number, row in enumerate(self.rows):
            changed = change(row)
            if changed != row:
                self.rows = (*self.rows[:number], changed, *self.rows[number + 1 :])
                self.dataChanged.emit(self.index(number), self.index(number))
