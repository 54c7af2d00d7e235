"""The settings as the file holds them at this moment: what is saved, in the window or by hand, holds from then on."""

import logging
from pathlib import Path

from desktop.settings import Settings, parse_settings, save_settings

logger = logging.getLogger(__name__)


class SettingsFile:
    """Reads the file again whenever it has changed. While it can't be understood, what held before goes on to hold."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._seen = self._mark()

    @property
    def path(self) -> Path:
        """The file; it lies in the data folder."""
        return self._path

    def current(self) -> Settings:
        """The settings that hold now."""
        mark = self._mark()
        if mark != self._seen:
            self._seen = mark
            self._read()
        return self._settings

    def save(self, settings: Settings) -> None:
        """Write them; they hold from now on, in every process. Raises `StorageFailed`."""
        save_settings(self._path, settings)
        self._settings, self._seen = settings, self._mark()

    def _read(self) -> None:
        try:
            self._settings = parse_settings(self._path.read_bytes())
        except (OSError, ValueError, TypeError, RecursionError):
            logger.warning("the changed settings in %s can't be understood; what held before still does", self._path)

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
