"""The line at the bottom: the runtime in words, and the workload."""

from html import escape
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from desktop.engine import Machine, RuntimeStatus
from desktop.ui import wording
from desktop.ui.labels import ElidedLabel, quiet
from desktop.ui.theme import Theme, scaled

SAID_MILLISECONDS: Final = 6000
"""How long a passing message stands before the runtime comes back."""


class StatusLine(QFrame):
    """Shows what the runtime does; `say` puts a passing message in its place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusline")
        self.setMinimumHeight(32)
        self._theme = theme
        self._status = RuntimeStatus()
        self._machine: Machine | None = None
        self._default = ""
        self._speed = 0
        self._icon = QLabel()
        self.left = ElidedLabel()
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
        self._refresh()

    def show_machine(self, machine: Machine) -> None:
        """Say what the model takes of its memory, and whether a graphics card lies idle."""
        self._machine = machine
        self._refresh()

    def show_default(self, model: str) -> None:
        """Say which model the first task loads."""
        self._default = model
        self._refresh()

    def show_speed(self, tokens_per_second: float) -> None:
        """Say how fast models write for all tasks together."""
        self._speed = round(tokens_per_second)
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
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.left, 1)
        row.addWidget(self.right)

    def _refresh(self) -> None:
        """Say it, once a passing message has stood for its time. Qt paints nothing where it is said already."""
        if self._timer.isActive():
            return
        said = wording.runtime(self._status, self._speed, self._machine, self._default)
        more = wording.runtime_in_full(self._status, self._machine)
        self.left.setText(said)
        self.left.setToolTip("".join(f"<p>{escape(each)}</p>" for each in (said, *more)))
        self._icon.setPixmap(self._theme.pixmap(*self._look(), 16, self.devicePixelRatioF()))

    def _look(self) -> tuple[str, str]:
        if self._status.loading:
            return "progress-clock", "accent"
        if self._status.problem:
            return "alert-circle-outline", "failed"
        if self._status.model is not None:
            return "check-network-outline", "done"
        return "circle-outline", "quiet"
