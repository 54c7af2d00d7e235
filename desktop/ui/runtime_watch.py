"""Asks the engine what the runtime does and what the machine is, no more often than there is something to learn."""

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.engine import Engine, Machine, RuntimeStatus
from desktop.ui.bridge import Bridge

BUSY_MILLISECONDS: Final = 2000
"""How often it is looked what the runtime does while there is work."""
IDLE_MILLISECONDS: Final = 10_000
"""The same while there is none; in a hidden window nobody looks."""
MACHINE_MILLISECONDS: Final = 3000
"""So long after the start drivers are asked, once: that takes a second of a processor which the window needs first."""


class RuntimeWatch(QObject):
    """Signals: `status_seen(RuntimeStatus)` with every look, `machine_seen(Machine)` once."""

    status_seen = Signal(object)
    machine_seen = Signal(object)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._window = window
        self._poll = QTimer(self)
        self._poll.setInterval(IDLE_MILLISECONDS)
        self._poll.timeout.connect(self._look_if_seen)
        self._machine = QTimer(self)
        self._machine.setSingleShot(True)
        self._machine.timeout.connect(self._look_at_machine)

    def start(self) -> None:
        """Begin to look: the engine is there."""
        self.look()
        self._poll.start()
        self._machine.start(MACHINE_MILLISECONDS)

    def set_busy(self, busy: bool) -> None:
        """Look more often while there is work; at once where that has just changed."""
        wanted = BUSY_MILLISECONDS if busy else IDLE_MILLISECONDS
        if wanted != self._poll.interval():
            self._poll.setInterval(wanted)
            self.look()

    def look(self) -> None:
        """Look now."""
        self._bridge.call(_status, self.status_seen.emit)

    def _look_if_seen(self) -> None:
        if self._window.isVisible() and not self._window.isMinimized():
            self.look()

    def _look_at_machine(self) -> None:
        self._bridge.call(_machine, self.machine_seen.emit)


async def _status(engine: Engine) -> RuntimeStatus:
    return engine.runtime_status()


async def _machine(engine: Engine) -> Machine:
    return await engine.hardware.look()
