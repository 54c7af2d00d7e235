"""The icon in the system's tray: the window's way back while work goes on."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop.ui import wording


class Tray(QObject):
    """Emits `open_wanted`, `answer_wanted`, `pause_wanted` and `quit_wanted`."""

    open_wanted = Signal()
    answer_wanted = Signal()
    pause_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._menu = QMenu()
        self._menu.addAction("Open Legwork", self.open_wanted.emit)
        self._answer = self._menu.addAction("", self.answer_wanted.emit)
        self._answer.setVisible(False)
        self._menu.addAction("Pause all tasks", self.pause_wanted.emit)
        self._menu.addSeparator()
        self._menu.addAction("Quit (tasks go on at the next start)", self.quit_wanted.emit)
        self._icon = QSystemTrayIcon(icon, self)
        self._icon.setContextMenu(self._menu)
        self._icon.setToolTip("Legwork")
        self._icon.activated.connect(self._on_activated)

    @staticmethod
    def is_available() -> bool:
        """Whether this desktop has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Put the icon into the tray."""
        self._icon.show()

    def hide(self) -> None:
        """Take it out again."""
        self._icon.hide()

    def say(self, workload: str, waiting: int = 0) -> None:
        """Tell the workload in the tooltip, and offer to answer the tasks that wait for the person."""
        asked = wording.need_you(waiting)
        self._icon.setToolTip(f"Legwork: {asked} · {workload}" if asked else f"Legwork: {workload}")
        self._answer.setText(f"Answer ({asked})")
        self._answer.setVisible(bool(asked))

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.open_wanted.emit()
