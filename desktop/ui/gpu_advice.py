"""The strip that says why a graphics card is not used, and what to do about it."""

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from desktop.engine import Machine
from desktop.settings_file import SettingsFile
from desktop.ui.banner import Banner
from desktop.ui.bridge import Bridge
from desktop.ui.theme import Theme


class GpuAdvice(Banner):
    """Shown where a card lies idle. Once dismissed it stays away, also at later starts, until it has other advice.

    A machine without a card gets none: nothing is wrong with it.
    """

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._bridge = bridge
        self._settings: SettingsFile | None = None
        self.dismiss.clicked.connect(self._remember)

    def use_settings(self, settings: SettingsFile) -> None:
        """Say where it is remembered what was read."""
        self._settings = settings

    def show_machine(self, machine: Machine) -> None:
        """Say what is to be said of this machine, unless the person has read it before."""
        settings = self._settings
        if machine.has_idle_gpu and settings is not None:
            self._bridge.work(lambda: settings.current().read_advice, lambda read: self._tell(machine.advice, read))

    def _tell(self, advice: str, read: str) -> None:
        if advice != read:
            self.say(advice)

    def _remember(self) -> None:
        settings, advice = self._settings, self.text()
        if settings is None:
            return

        def keep() -> None:
            settings.save(replace(settings.current(), read_advice=advice))

        self._bridge.work(keep, lambda _: None)
