"""Labels that shorten their text to the room they have, and say it whole in a tooltip."""

import re

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """One line of plain text that ends in an ellipsis where it does not fit."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show the text, on one line."""
        flat = " ".join(text.split())
        super().setText(flat)
        self.setToolTip(flat)

    def minimumSizeHint(self) -> QSize:
        """As narrow as it must be."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        painter = QPainter(self)
        area = self.contentsRect()
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        if self.hasFocus():
            font = self.font()
            font.setUnderline(True)
            painter.setFont(font)
        painter.drawText(area, int(self.alignment() | Qt.TextFlag.TextSingleLine), shown)


class PressableLabel(ElidedLabel):
    """The same, which leads somewhere: `pressed()` is a click on it, or Enter while it has the keyboard's focus."""

    pressed = Signal()

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter and Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


def breakable(text: str) -> str:
    """The text for a label that wraps: paths may end a line after each folder, or they would widen the window."""
    return re.sub(r"([/\\_-])(?=\S)", "\\1\u200b", text)


def quiet(label: QLabel) -> QLabel:
    """The label in the quiet colour of secondary text."""
    label.setProperty("quiet", True)
    return label


def set_mood(label: QLabel, mood: str) -> None:
    """Colour a label as “failed”, “needs”, “done”, or not at all (“”)."""
    label.setProperty("mood", mood)
    label.style().unpolish(label)
    label.style().polish(label)
