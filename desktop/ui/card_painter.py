"""What the cards of all lists are painted with: the card itself, a line of text, and a bar."""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle

from desktop.ui.theme import Theme

BAR: Final = 5
"""How high a bar is, in pixels."""


class CardPainter:
    """Paints in the colours of the theme in use."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def card(self, painter: QPainter, card: QRectF, state: QStyle.StateFlag) -> None:
        """The ground, which shows whether the card is chosen and whether it has the keyboard's focus."""
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hover = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = "chosen" if chosen else "hover" if hover else "card"
        painter.setBrush(self._theme.colour(ground))
        painter.setPen(QPen(self._theme.colour("accent" if chosen else "line"), 1))
        painter.drawRoundedRect(card, 10, 10)
        if chosen and state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)

    def say(
        self, painter: QPainter, area: QRectF, text: str, font: QFont, colour: str, *, right: bool = False
    ) -> float:
        """Say it on one line, as far as there is room; the width that it took."""
        painter.setFont(font)
        painter.setPen(self._theme.colour(colour))
        metrics = QFontMetrics(font)
        flat = metrics.elidedText(" ".join(text.split()), Qt.TextElideMode.ElideRight, max(int(area.width()), 0))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        line = QRectF(area.left(), area.top(), area.width(), metrics.height())
        painter.drawText(line, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), flat)
        return metrics.horizontalAdvance(flat)

    def bar(self, painter: QPainter, bar: QRectF, fraction: float, colour: str) -> None:
        """A bar that is full from the left; more than all of it is all of it."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("track"))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
        if fraction > 0:
            done = QRectF(bar.left(), bar.top(), max(BAR, bar.width() * min(fraction, 1.0)), BAR)
            painter.setBrush(self._theme.colour(colour))
            painter.drawRoundedRect(done, BAR / 2, BAR / 2)
