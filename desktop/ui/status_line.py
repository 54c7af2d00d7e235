"""The line at the bottom: the runtime in words, and the workload."""

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from desktop.engine import RuntimeStatus
from desktop.ui import wording
from desktop.ui.labels import PressableLabel, quiet
from desktop.ui.theme import Theme, scaled

SAID_MILLISECONDS: Final = 6000
"""How long a passing message stands before the runtime comes back."""


class StatusLine(QFrame):
    """Shows what the runtime does; `say` puts a passing message in its place. A press of it is `models_wanted()`."""

    models_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusline")
        self.setMinimumHeight(32)
        self._theme = theme
        self._status = RuntimeStatus()
        self._icon = QLabel()
        self.left = PressableLabel()
        self.right = QLabel()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAID_MILLISECONDS)
        self._timer.timeout.connect(self._refresh)
        self._build()
        theme.changed.connect(self._refresh)
        self._refresh()

    def show_status(self, status: RuntimeStatus) -> None:
        """Say what the runtime does."""
        self._status = status
        if not self._timer.isActive():
            self._refresh()

    def show_workload(self, said: str) -> None:
        """Say how much there is to do."""
        self.right.setText(said)

    def say(self, text: str) -> None:
        """Say something for a few seconds."""
        self.left.setText(text)
        self._timer.start()

    def _build(self) -> None:
        self.left.setAccessibleName("Runtime")
        self.right.setAccessibleName("Workload")
        self.right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self.left, self.right):
            quiet(label)
            label.setFont(scaled(label.font(), 0.92))
        self.left.pressed.connect(self.models_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.left, 1)
        row.addWidget(self.right)

    def _refresh(self) -> None:
        self.left.setText(wording.runtime(self._status))
        glyph, colour = "circle-outline", "quiet"
        if self._status.problem:
            glyph, colour = "alert-circle-outline", "failed"
        elif self._status.model is not None:
            glyph, colour = "check-network-outline", "done"
        self._icon.setPixmap(self._theme.pixmap(glyph, colour, 16, self.devicePixelRatioF()))
