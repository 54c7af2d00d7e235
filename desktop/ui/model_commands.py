"""What a person does with the models of the list, and what is said of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.engine import LegworkError, ModelInfo, Removal
from desktop.ui import model_wording
from desktop.ui.bridge import Bridge
from desktop.ui.model_row import ModelRow
from desktop.ui.wording import size

Confirm = Callable[[str, str, str], bool]
"""Asks a question (what, what comes of it, the word on the button), and says whether the person wants it."""


class ModelCommands(QObject):
    """Carries them out through the bridge.

    Signals: `changed()` when there is something new to look at, `said(str, str)` with what was done and its mood,
    `forgotten(str)` with the file of a model that was only forgotten, which can be undone.
    """

    changed = Signal()
    said = Signal(str, str)
    forgotten = Signal(str)

    def __init__(self, bridge: Bridge, confirm: Confirm, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.confirm = confirm

    def download(self, key: str) -> None:
        """Begin to download a model, or go on with it."""
        self._bridge.call_depot(lambda depot: depot.download(key), lambda _: self.changed.emit(), self._fail)

    def pause(self, row: ModelRow) -> None:
        """Stop a download until the person wants it again."""
        if row.download is not None:
            download_id = row.download.id
            self._bridge.call_depot(lambda depot: depot.pause(download_id), lambda _: self.changed.emit(), self._fail)

    def give_up(self, row: ModelRow) -> None:
        """End a download for good, with what was loaded of it."""
        status = row.download
        if status is None:
            return
        frees = f"{size(status.done)} that were loaded will be gone."
        if not status.done or self.confirm(f"Give up the download of {row.model.name}?", frees, "Give up"):
            self._bridge.call_depot(lambda depot: depot.remove(status.id), self._on_given_up, self._fail)

    def add(self, paths: Sequence[Path]) -> None:
        """Use files where they lie."""
        for path in paths:
            self._add(path)

    def remove(self, row: ModelRow) -> None:
        """Take a model away: what frees the disk is asked first, what is only forgotten can be undone."""
        name, key = row.model.name, row.key
        frees = f"This frees {size(row.model.size)}. It can't be undone, but it may be downloaded again."
        if row.model.is_linked or self.confirm(f"Remove {name} with its file?", frees, "Remove"):
            self._bridge.call_depot(lambda depot: depot.remove(key), self._on_removed, self._fail)

    def choose(self, row: ModelRow, kind: str | None, title: str) -> None:
        """Let tasks of that kind (None: all others) use this model from now on."""
        said = f"{row.model.name} is used for {title} from now on."
        self._bridge.call_depot(lambda depot: depot.choose(kind, row.key), lambda _: self._done(said), self._fail)

    def let_go(self, kind: str, title: str) -> None:
        """Let tasks of that kind use what all others use."""
        said = f"{title} uses the same model as everything else from now on."
        self._bridge.call_depot(lambda depot: depot.choose(kind, None), lambda _: self._done(said), self._fail)

    def _add(self, path: Path) -> None:
        self._bridge.call_depot(lambda depot: depot.add(path), self._on_added, self._fail)

    def _on_added(self, model: ModelInfo) -> None:
        self._done(f"{model.name} can be used now; its file stays where it is.")

    def _on_removed(self, removal: Removal) -> None:
        self._done(model_wording.removed(removal))
        if removal.kept_at:
            self.forgotten.emit(removal.kept_at)

    def _on_given_up(self, removal: Removal) -> None:
        self._done(f"The download of {removal.name} was given up, {size(removal.freed)} are free again.")

    def _done(self, said: str) -> None:
        self.said.emit(said, "done")
        self.changed.emit()

    def _fail(self, error: LegworkError) -> None:
        self.said.emit(str(error), "failed")
        self.changed.emit()
