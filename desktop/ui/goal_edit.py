"""The field in which a goal is typed: it grows with the text."""

import math
from typing import Final

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from desktop.ui.theme import scaled

MAX_LINES: Final = 8


class GoalEdit(QPlainTextEdit):
    """Plain text, one line high at first. `focused` says whether it has the keyboard."""

    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("What should I work on?  Drop files anywhere.")
        self.setAccessibleName("Goal")
        self.setAccessibleDescription("What Legwork should work on. Control and Enter start it.")
        self.setTabChangesFocus(True)
        self.setFont(scaled(self.font(), 1.12))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def sizeHint(self) -> QSize:
        """As high as the text."""
        return QSize(super().sizeHint().width(), self.height())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Text only: files that are dropped here belong to the window."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width the text has other lines."""
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard is here."""
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard went."""
        super().focusOutEvent(event)
        self.focused.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Control and Enter to the action that starts the task."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def _fit(self) -> None:
        lines = min(max(1, math.ceil(self.document().size().height())), MAX_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines == MAX_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
