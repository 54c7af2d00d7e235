"""The icon in the system's tray: the window's way back while work goes on."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon


class Tray(QObject):
    """Emits `open_wanted`, `pause_wanted` and `quit_wanted`."""

    open_wanted = Signal()
    pause_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._menu = QMenu()
        self._menu.addAction("Open Legwork", self.open_wanted.emit)
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

    def say(self, workload: str) -> None:
        """Tell the workload in the tooltip."""
        self._icon.setToolTip(f"Legwork: {workload}")

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.open_wanted.emit()
