"""The files and folders that go with a goal, as chips that can be taken off again."""

import stat
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from desktop.engine import Input
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.theme import Theme

SHOWN: Final = 12
"""Chips that are shown; the others are counted in one more."""

CHIP_TEXT_WIDTH: Final = 200

_FOLDER: Final = "folder-outline"
_GLYPHS: Final = {
    ".pdf": "file-pdf-box",
    ".docx": "file-word-box",
    ".xlsx": "file-excel-box",
    ".xls": "file-excel-box",
    ".ods": "file-excel-box",
    ".csv": "file-delimited-outline",
    ".pptx": "file-powerpoint-box",
    ".eml": "email-outline",
    ".html": "file-code-outline",
    ".htm": "file-code-outline",
    ".epub": "book-open-variant",
}


class Chip(QFrame):
    """One attachment: icon, shortened name, and what takes it off."""

    removed = Signal()

    def __init__(self, theme: Theme, name: str, tooltip: str, glyph: str) -> None:
        super().__init__()
        self.setObjectName("chip")
        self.setToolTip(tooltip)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(4)
        icon = QLabel()
        icon.setPixmap(theme.pixmap(glyph, "accent", 16, self.devicePixelRatioF()))
        text = QLabel(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, CHIP_TEXT_WIDTH))
        text.setTextFormat(Qt.TextFormat.PlainText)
        off = QToolButton()
        off.setIcon(theme.icon("close"))
        off.setIconSize(QSize(14, 14))
        off.setAccessibleName(f"Take off {name}")
        off.setToolTip(f"Take off {name}")
        off.clicked.connect(self.removed)
        for widget in (icon, text, off):
            row.addWidget(widget)


class Attachments(QWidget):
    """The chips. `changed` is emitted when one comes or goes."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._paths: list[Path] = []
        self._flow = FlowLayout(self)
        self.setAccessibleName("Attached files")
        theme.changed.connect(self._rebuild)
        self.hide()

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What is attached, as a request says it."""
        return tuple(Input(path=str(path)) for path in self._paths)

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is attached, in the order in which it came."""
        return tuple(self._paths)

    @property
    def names(self) -> list[str]:
        """What the attached files and folders are called."""
        return [path.name for path in self._paths]

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those of them that are shown as folders."""
        return tuple(path for path in self._paths[:SHOWN] if _glyph(path) == _FOLDER)

    def add(self, paths: list[Path]) -> None:
        """Attach files and folders; what is attached already stays once."""
        known = set(self._paths)
        fresh = [path for path in dict.fromkeys(path.absolute() for path in paths) if path not in known]
        if fresh:
            self._paths.extend(fresh)
            self._rebuild()
            self.changed.emit()

    def clear(self) -> None:
        """Take everything off."""
        self._paths.clear()
        self._rebuild()
        self.changed.emit()

    def _remove(self, path: Path) -> None:
        self._paths.remove(path)
        self._rebuild()
        self.changed.emit()

    def _rebuild(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in self._paths[:SHOWN]:
            chip = Chip(self._theme, path.name or str(path), str(path), _glyph(path))
            chip.removed.connect(lambda path=path: self._remove(path))
            self._flow.addWidget(chip)
        more = self._paths[SHOWN:]
        if more:
            chip = Chip(
                self._theme, f"{len(more):,} more", "\n".join(path.name for path in more[:40]), "dots-horizontal"
            )
            chip.removed.connect(self._keep_first)
            self._flow.addWidget(chip)
        self.setVisible(bool(self._paths))
        self.updateGeometry()

    def _keep_first(self) -> None:
        del self._paths[SHOWN:]
        self._rebuild()
        self.changed.emit()


def _glyph(path: Path) -> str:
    known = _GLYPHS.get(path.suffix.lower())
    if known is not None:
        return known
    try:
        return _FOLDER if stat.S_ISDIR(path.stat().st_mode) else "file-document-outline"
    except OSError:
        return "file-document-outline"
