"""Paints one task of the list as a card: shape, title, state, step, time left and progress."""

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop.engine import Task, TaskStatus
from desktop.ui import status_look, wording
from desktop.ui.card_painter import BAR, CardPainter
from desktop.ui.task_list_model import TASK_ROLE, Index
from desktop.ui.theme import Theme, scaled

GAP: Final = 8
PADDING: Final = 16
PADDED: Final = 12
"""Room above and below what a card says."""
ICON: Final = 22
PIN: Final = 14
ANSWER: Final = "Answer"
SHOWS_BAR: Final = frozenset({TaskStatus.RUNNING, TaskStatus.PAUSED})


class TaskDelegate(QStyledItemDelegate):
    """Cards of one height, so that a long list is laid out at once. `answer_wanted()` is a press of *Answer* on one."""

    answer_wanted = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards = CardPainter(theme)
        self._kinds: dict[str, str] = {}

    def name_kinds(self, kinds: dict[str, str]) -> None:
        """Say what each kind is called."""
        self._kinds = kinds

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The height that two lines and a bar need in the person's font."""
        line = QFontMetrics(scaled(option.font, 1.08)).height() + QFontMetrics(option.font).height()
        return QSize(240, line + 2 * PADDED + 6 + BAR + 10 + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the card."""
        task: Task = index.data(TASK_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -GAP - 0.5)
        self._cards.card(painter, card, option.state)
        inner = card.adjusted(PADDING, PADDED, -PADDING, -PADDED)
        if task.status not in SHOWS_BAR and task.question is None:
            inner.translate(0, (BAR + 10) / 2)
        glyph, colour = status_look.GLYPHS[task.status], status_look.COLOURS[task.status]
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(inner.topLeft() + QPointF(0, 1), self._theme.pixmap(glyph, colour, ICON, ratio))
        text = inner.adjusted(ICON + 12, 0, 0, 0)
        y = self._paint_first_line(painter, text, task, option.font)
        self._paint_second_line(painter, text, y, task, option.font)
        if task.question is not None:
            self._paint_answer(painter, answer_button(option), option.font)
        if task.status in SHOWS_BAR:
            bar = QRectF(text.left(), card.bottom() - PADDED - BAR, text.width(), BAR)
            self._cards.bar(painter, bar, task.progress.fraction, colour)
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """Take a press of *Answer*; the press itself has chosen the card."""
        task: Task = index.data(TASK_ROLE)
        if (
            task.question is not None
            and isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and answer_button(option).contains(event.position())
        ):
            self.answer_wanted.emit()
            return True
        return super().editorEvent(event, model, option, index)

    def _paint_answer(self, painter: QPainter, button: QRectF, font: QFont) -> None:
        painter.setBrush(self._theme.colour("card"))
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawRoundedRect(button, 7, 7)
        painter.setFont(scaled(font, 1, QFont.Weight.DemiBold))
        painter.setPen(self._theme.colour("text"))
        painter.drawText(button, int(Qt.AlignmentFlag.AlignCenter), ANSWER)

    def _paint_first_line(self, painter: QPainter, area: QRectF, task: Task, font: QFont) -> float:
        word = wording.STATUS_WORDS[task.status]
        used = self._cards.say(
            painter, area, word, scaled(font, 0.92, QFont.Weight.DemiBold), status_look.COLOURS[task.status], right=True
        )
        if task.pinned:
            pin = self._theme.pixmap("pin", "quiet", PIN, painter.device().devicePixelRatioF())
            painter.drawPixmap(area.topRight() - QPointF(used + PIN + 4, -1), pin)
            used += PIN + 4
        title = scaled(font, 1.08, QFont.Weight.DemiBold)
        self._cards.say(painter, area.adjusted(0, 0, -used - 12, 0), task.title, title, "text")
        return area.top() + QFontMetrics(title).height() + 6

    def _paint_second_line(self, painter: QPainter, area: QRectF, y: float, task: Task, font: QFont) -> None:
        line = QRectF(area.left(), y, area.width(), QFontMetrics(font).height())
        runs = task.status is TaskStatus.RUNNING
        colour = "needs" if runs and wording.stalled(task.progress) else "text" if runs else "quiet"
        if task.question is None:
            used = self._cards.say(painter, line, wording.timing(task, datetime.now(UTC)), font, colour, right=True)
        else:
            used = answer_width(font)
        kind = self._kinds.get(task.request.kind, task.request.kind.capitalize())
        said = f"{kind}  ·  {wording.standing(task)}"
        colour = "needs" if task.status is TaskStatus.WAITING else "quiet"
        self._cards.say(painter, line.adjusted(0, 0, -used - 16, 0), said, font, colour)


def answer_width(font: QFont) -> float:
    """The width of the button *Answer* on a card."""
    return QFontMetrics(scaled(font, 1, QFont.Weight.DemiBold)).horizontalAdvance(ANSWER) + 24.0


def answer_button(option: QStyleOptionViewItem) -> QRectF:
    """Where the button *Answer* is on a card."""
    card = QRectF(option.rect).adjusted(0, 0, -PADDING, -GAP - PADDED)
    height = QFontMetrics(option.font).height() + 12.0
    width = answer_width(option.font)
    return QRectF(card.right() - width, card.bottom() - height, width, height)
