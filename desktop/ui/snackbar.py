"""The strip below the list that says what was just done, and offers to undo it."""

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop.ui.labels import ElidedLabel

SHOWN_MILLISECONDS: Final = 10_000
"""How long the offer stands. After that there are other ways, which take longer."""


class Snackbar(QFrame):
    """Hidden until something was done. `undo_wanted` is emitted when the person wants it undone."""

    undo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("snackbar")
        self._said = ElidedLabel()
        self._said.setAccessibleName("Done")
        self.undo = QPushButton("Undo")
        self.undo.setToolTip("Undo (Ctrl+Z)")
        self.undo.clicked.connect(self.undo_wanted)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MILLISECONDS)
        self._timer.timeout.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self._said, 1)
        row.addWidget(self.undo)
        self.hide()

    def text(self) -> str:
        """What it says, or said last."""
        return self._said.text()

    def say(self, text: str) -> None:
        """Say it for a while."""
        self._said.setText(text)
        self.show()
        self._timer.start()
