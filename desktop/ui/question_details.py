"""Exactly what would happen: the lines of a question's details as they are, and nothing in them made into anything."""

import re
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit

from desktop.engine import visible
from desktop.ui.change_colours import ChangeColours
from desktop.ui.theme import Theme

LINES: Final = 12
FEWEST: Final = 4
"""Lines that are shown at a time; the others are scrolled to."""

_CHANGE: Final = re.compile(r"^@@ .*@@|^--- ", re.MULTILINE)
_MARGINS: Final = 26
_WRAPPED: Final = 48  # characters after which a line may go on in the next
_MEASURED: Final = 2_000  # characters that fill the field in any case


class QuestionDetails(QPlainTextEdit):
    """Hidden while there is nothing to show. All of it can be scrolled to, selected and copied."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("lines")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName("Exactly what would happen")
        self._changes = ChangeColours(self.document(), theme)
        self._lines = 1

    def sizeHint(self) -> QSize:
        """As high as its lines, up to a number of them."""
        return QSize(super().sizeHint().width(), self._height(self._lines))

    def minimumSizeHint(self) -> QSize:
        """In a small window a few lines are seen at a time."""
        return QSize(120, self._height(min(FEWEST, self._lines)))

    def show_text(self, text: str) -> None:
        """Show these lines, from the first one on."""
        seen = visible(text)
        self._changes.is_on = bool(_CHANGE.search(seen))
        self.setPlainText(seen)
        self.setVisible(bool(seen))
        lines = sum(1 + len(line) // _WRAPPED for line in seen[:_MEASURED].split("\n"))
        self._lines = min(LINES, lines)
        self.setMaximumHeight(self._height(self._lines))
        self.updateGeometry()

    def _height(self, lines: int) -> int:
        return self.fontMetrics().lineSpacing() * lines + _MARGINS
