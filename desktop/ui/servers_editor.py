"""Which servers of tools the assistant may use: all in the settings, or those that are ticked."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from desktop.ui.flow_layout import FlowLayout
from desktop.ui.labels import quiet

_TITLE: Final = "Servers of tools"
_NONE: Final = "None: the settings list no server that agents may use."


class ServersEditor(QWidget):
    """A box to tick for each server. `changed()` tells of each edit."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self._listed: tuple[str, ...] = ()
        self._chosen: tuple[str, ...] | None = None  # None: all
        self._none = quiet(QLabel(_NONE))
        self._none.setWordWrap(True)
        self._holder = QWidget()
        self._flow = FlowLayout(self._holder, gap=16)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for part in (quiet(QLabel(_TITLE)), self._none, self._holder):
            column.addWidget(part)
        self._show()

    def offer(self, names: Sequence[str]) -> None:
        """Say which servers the settings list; what was chosen stays."""
        if tuple(names) != self._listed:
            self._listed = tuple(names)
            self._show()

    def value(self) -> list[str] | None:
        """The names that are chosen; None where all are."""
        return None if self._chosen is None else list(self._chosen)

    def set_value(self, value: object) -> None:
        """Show what a request says: names in a list or a text, or nothing, which means all."""
        if isinstance(value, str):
            value = value.replace(",", " ").split() or None
        self._chosen = tuple(map(str, value)) if isinstance(value, list | tuple) else None
        self._show()

    def _show(self) -> None:
        for box in self.boxes.values():
            self._flow.removeWidget(box)
            box.hide()
            box.deleteLater()
        chosen = self._listed if self._chosen is None else self._chosen
        self.boxes = {name: self._box(name, ticked=name in chosen) for name in dict.fromkeys((*self._listed, *chosen))}
        self._none.setVisible(not self.boxes)
        self._holder.setVisible(bool(self.boxes))

    def _box(self, name: str, *, ticked: bool) -> QCheckBox:
        missing = "" if name in self._listed else " (not in the settings)"
        box = QCheckBox(f"{name}{missing}".replace("&", "&&"))
        box.setAccessibleName(f"{_TITLE}: {name}{missing}")
        box.setChecked(ticked)
        box.toggled.connect(lambda _: self._on_toggled())
        self._flow.addWidget(box)
        return box

    def _on_toggled(self) -> None:
        ticked = tuple(name for name, box in self.boxes.items() if box.isChecked())
        self._chosen = None if ticked == self._listed else ticked
        self.changed.emit()
