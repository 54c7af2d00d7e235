"""Colours for the lines of a diff."""

from typing import Final

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from desktop.ui.theme import Theme

_COLOURS: Final = {"+": "done", "-": "failed", "@": "quiet"}


class ChangeColours(QSyntaxHighlighter):
    """Colours what a change adds and takes away while it `is_on`; the signs before the lines say it too."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self.is_on = False
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        colour = _COLOURS.get(text[:1]) if self.is_on else None
        if colour is not None:
            form = QTextCharFormat()
            form.setForeground(self._theme.colour(colour))
            self.setFormat(0, len(text), form)
