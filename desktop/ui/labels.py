"""Labels that shorten their text to the room they have, and say it whole in a tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
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
        painter.drawText(area, int(self.alignment() | Qt.TextFlag.TextSingleLine), shown)


def quiet(label: QLabel) -> QLabel:
    """The label in the quiet colour of secondary text."""
    label.setProperty("quiet", True)
    return label


def set_mood(label: QLabel, mood: str) -> None:
    """Colour a label as “failed”, “needs”, “done”, or not at all (“”)."""
    label.setProperty("mood", mood)
    label.style().unpolish(label)
    label.style().polish(label)
