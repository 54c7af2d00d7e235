"""Paints one model of the list as a card: name, facts, what it is good for, its fit, and its download."""

from typing import Final

from PySide6.QtCore import QObject, QPointF, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop.engine import Appraisal, DownloadState, DownloadStatus, Fits
from desktop.ui import model_wording
from desktop.ui.card_painter import BAR, CardPainter
from desktop.ui.model_list import ROW_ROLE, Index
from desktop.ui.model_row import ModelRow
from desktop.ui.theme import Theme, scaled

GAP: Final = 8
PADDING: Final = 16
PADDED: Final = 12
LINE_GAP: Final = 4
ICON_GAP: Final = 6
WIDEST: Final = "88.8 of 888 GB"
MOST_OF_WIDTH: Final = 0.4
"""The part of a card that its fit may take at most."""
GLYPHS: Final = {
    Fits.WELL: "check-circle-outline",
    Fits.TIGHTLY: "alert-outline",
    Fits.NOT: "close-circle-outline",
    Fits.UNKNOWN: "help-circle-outline",
}
COLOURS: Final = {Fits.WELL: "done", Fits.TIGHTLY: "needs", Fits.NOT: "failed", Fits.UNKNOWN: "quiet"}


class ModelDelegate(QStyledItemDelegate):
    """Cards that are higher while something is on its way."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards = CardPainter(theme)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The height of three lines in the person's font, and of the download's."""
        row: ModelRow = index.data(ROW_ROLE)
        line = QFontMetrics(option.font).height()
        height = QFontMetrics(_name_font(option.font)).height() + 2 * (line + LINE_GAP) + 2 * PADDED + GAP
        if row.download is not None:
            height += 2 * LINE_GAP + BAR + line
        return QSize(240, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the card."""
        row: ModelRow = index.data(ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -GAP - 0.5)
        self._cards.card(painter, card, option.state)
        inner = card.adjusted(PADDING, PADDED, -PADDING, -PADDED)
        column = min(fit_width(option.font), inner.width() * MOST_OF_WIDTH)
        fit = QRectF(inner.right() - column, inner.top(), column, inner.height())
        self._paint_fit(painter, fit, row.appraisal, option.font)
        left = inner.adjusted(0, 0, -column - PADDING, 0)
        below = self._paint_words(painter, left, row, option.font)
        if row.download is not None:
            area = QRectF(inner.left(), below, inner.width(), inner.bottom() - below)
            self._paint_download(painter, area, row.download, option.font)
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRectF, row: ModelRow, font: QFont) -> float:
        """Name, facts and what it is good for; where the next line begins."""
        name, line = _name_font(font), QFontMetrics(font).height()
        self._cards.say(painter, area, row.model.name, name, "text")
        second = area.adjusted(0, QFontMetrics(name).height() + LINE_GAP, 0, 0)
        badge = model_wording.badge(row)
        if badge:
            used = self._cards.say(painter, second, badge, scaled(font, 1, QFont.Weight.DemiBold), "accent")
            self._cards.say(painter, second.adjusted(used + 4, 0, 0, 0), f"· {model_wording.facts(row)}", font, "quiet")
        else:
            self._cards.say(painter, second, model_wording.facts(row), font, "quiet")
        third = second.adjusted(0, line + LINE_GAP, 0, 0)
        self._cards.say(painter, third, row.model.about, font, "quiet")
        return third.top() + line + 2 * LINE_GAP

    def _paint_fit(self, painter: QPainter, area: QRectF, appraisal: Appraisal | None, font: QFont) -> None:
        """The word with its shape, the bar, and the figures."""
        small, strong = scaled(font, 0.92), scaled(font, 0.92, QFont.Weight.DemiBold)
        fits = None if appraisal is None else appraisal.fits
        colour = "quiet" if fits is None else COLOURS[fits]
        edge = QFontMetrics(strong).height()
        if fits is not None:
            icon = self._theme.pixmap(GLYPHS[fits], colour, edge, painter.device().devicePixelRatioF())
            painter.drawPixmap(area.topLeft() + QPointF(0, 1), icon)
        self._cards.say(painter, area.adjusted(edge + ICON_GAP, 0, 0, 0), model_wording.fit(appraisal), strong, colour)
        if appraisal is None or not appraisal.memory:
            return
        top = area.top() + QFontMetrics(_name_font(font)).height() + LINE_GAP
        middle = top + (QFontMetrics(font).height() - BAR) / 2
        self._cards.bar(
            painter, QRectF(area.left(), middle, area.width(), BAR), appraisal.need / appraisal.memory, colour
        )
        third = area.adjusted(0, top - area.top() + QFontMetrics(font).height() + LINE_GAP, 0, 0)
        self._cards.say(painter, third, model_wording.amount(appraisal), small, "quiet")

    def _paint_download(self, painter: QPainter, area: QRectF, status: DownloadStatus, font: QFont) -> None:
        failed, moves = status.state is DownloadState.FAILED, status.is_moving
        part = status.done / status.total if status.total else 0.0
        bar = QRectF(area.left(), area.top(), area.width(), BAR)
        self._cards.bar(painter, bar, part, "failed" if failed else "accent" if moves else "quiet")
        said = area.adjusted(0, BAR + LINE_GAP, 0, 0)
        colour = "failed" if failed else "text" if moves else "quiet"
        self._cards.say(painter, said, model_wording.download(status), scaled(font, 0.92), colour)


def fit_width(font: QFont) -> float:
    """The width that a fit wants: of its longest word with its shape, or of its figures."""
    strong = QFontMetrics(scaled(font, 0.92, QFont.Weight.DemiBold))
    words = (
        max(strong.horizontalAdvance(word) for word in model_wording.FIT_WORDS.values()) + strong.height() + ICON_GAP
    )
    return max(words, QFontMetrics(scaled(font, 0.92)).horizontalAdvance(WIDEST), 120)


def _name_font(font: QFont) -> QFont:
    return scaled(font, 1.08, QFont.Weight.DemiBold)
