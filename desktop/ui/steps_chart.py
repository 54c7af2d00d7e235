"""The steps of a run as a picture: shape, title, time, and a bar on one common time line."""

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from desktop.engine import (
    TERMINAL,
    Progress,
    StepProgress,
    StepStatus,
    Task,
    TaskStatus,
    Work,
    counted,
    nested,
    retry_steps,
)
from desktop.ui import status_look, wording
from desktop.ui.retry_menu import from_step
from desktop.ui.theme import Theme, scaled

INDENT: Final = 28
PART_INDENT: Final = 22
DEEPEST: Final = 4
"""Parts of parts of parts are set in no further than this."""

BAR: Final = 8
READING_SHARE: Final = 1 / 6
"""A token read costs about this much of a token written; it only shares out an estimate that the engine made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step as it is drawn, with its parts. `start` and `length` are fractions of the whole time line."""

    step: StepProgress
    took: str
    note: str
    start: float
    length: float
    filled: float = 1.0  # how much of the bar is done
    depth: int = 0  # 0 for a step that is no part of another


def lines_of(task: Task) -> tuple[StepLine, ...]:
    """The steps with their places on the time line; what lies ahead shares the engine's estimate."""
    lines = nested(task.progress.steps)
    steps = tuple(line.step for line in lines)
    left = task.estimate.seconds if task.estimate and task.status is TaskStatus.RUNNING else None
    ahead = _share_out(steps, left)
    lengths = [step.seconds + more for step, more in zip(steps, ahead, strict=True)]
    whole = sum(lengths) or 1.0
    drawn: list[StepLine] = []
    for number, line in enumerate(lines):
        its_own = slice(number, number + 1 + line.parts)
        shown = replace(line.step, seconds=sum(step.seconds for step in steps[its_own]))
        drawn.append(
            StepLine(
                step=shown,
                took=_took(shown, sum(ahead[its_own]) if left is not None else None),
                note=_note(shown, task.progress, is_innermost=not line.parts),
                start=sum(lengths[:number]) / whole,
                length=sum(lengths[its_own]) / whole,
                filled=_filled(line.step),
                depth=min(line.depth, DEEPEST),
            )
        )
    return tuple(drawn)


def _filled(step: StepProgress) -> float:
    return step.done / step.total if step.status is StepStatus.RUNNING and step.total else 1.0


def _weight(work: Work) -> float:
    return work.prompt_tokens * READING_SHARE + work.output_tokens


def _share_out(steps: tuple[StepProgress, ...], left: float | None) -> list[float]:
    """Seconds still ahead of each step; nominal ones where there is no estimate, so that the bars keep their order."""
    open_parts = [
        0.0
        if step.status in (StepStatus.DONE, StepStatus.FAILED)
        else _weight(step.work) * (1 - step.done / max(step.total, 1)) + step.work.seconds
        for step in steps
    ]
    whole = sum(open_parts)
    if left is None or not whole:
        return open_parts if left is None and not any(step.seconds for step in steps) else [0.0 for _ in steps]
    return [left * part / whole for part in open_parts]


def _took(step: StepProgress, ahead: float | None) -> str:
    if step.reused and not step.seconds:
        return ""
    if step.status is StepStatus.PENDING and not step.seconds:
        return f"~{wording.duration(max(ahead, 1))}" if ahead is not None else ""
    return wording.duration(step.seconds)


def _note(step: StepProgress, progress: Progress, *, is_innermost: bool) -> str:
    said = [counted(step)] if step.status is not StepStatus.PENDING or step.done else []
    if step.reused:
        said.append("from an earlier run" if step.reused == step.total else f"{step.reused:,} from an earlier run")
    if is_innermost and step.status is StepStatus.RUNNING and progress.tokens_per_second >= 0.5:
        said.append(f"{progress.tokens_per_second:.0f} tok/s")
    return " · ".join(part for part in said if part)


class StepsChart(QWidget):
    """Paints the steps of one task. `retry_wanted(str)` is emitted with the name of the step to retry it from."""

    retry_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._theme = theme
        self._lines: tuple[StepLine, ...] = ()
        self._retry_steps: frozenset[str] = frozenset()
        self.offers_retry = True  # not for an earlier run: a retry follows the latest one
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Steps")
        theme.changed.connect(self.update)

    @property
    def lines(self) -> tuple[StepLine, ...]:
        """What is drawn."""
        return self._lines

    def show_task(self, task: Task) -> None:
        """Show where this task stands."""
        self._lines = lines_of(task)
        ended = self.offers_retry and task.status in TERMINAL
        self._retry_steps = frozenset(step.name for step in retry_steps(task)) if ended else frozenset()
        self.setAccessibleDescription("; ".join(map(_said, self._lines)))
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """As high as all steps."""
        return QSize(200, sum(self._height(line) for line in self._lines) + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the steps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = 8.0
        for line in self._lines:
            self._paint_line(painter, line, y)
            y += self._height(line)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to retry the task from the step under the pointer."""
        menu = self.menu_at(event.y())
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    def menu_at(self, y: float) -> QMenu | None:
        """What can be done with the step at that height; None where that is nothing."""
        step = self._step_at(y)
        if step is None or step.name not in self._retry_steps:
            return None
        menu = QMenu(self)
        action = menu.addAction(f"Retry {from_step(step.title)[0].lower()}{from_step(step.title)[1:]}")
        action.triggered.connect(lambda _checked=False: self.retry_wanted.emit(step.name))
        return menu

    def _step_at(self, y: float) -> StepProgress | None:
        below = 8
        for line in self._lines:
            below += self._height(line)
            if y < below:
                return line.step
        return None

    def _height(self, line: StepLine) -> int:
        text = QFontMetrics(self.font()).height()
        return text + 6 + BAR + (text + 2 if line.note else 0) + 12

    def _paint_line(self, painter: QPainter, line: StepLine, y: float) -> None:
        status = line.step.status
        colour = status_look.STEP_COLOURS[status]
        icon = self._theme.pixmap(status_look.STEP_GLYPHS[status], colour, 18, self.devicePixelRatioF())
        left = INDENT + line.depth * PART_INDENT
        painter.drawPixmap(left - INDENT, int(y), icon)
        width = self.width() - left - 4
        small = scaled(self.font(), 0.92)
        height = QFontMetrics(self.font()).height()
        right = Qt.AlignmentFlag.AlignRight
        used = self._say(painter, QRectF(left, y, width, height), line.took, small, "quiet", right)
        weight = QFont.Weight.DemiBold if status is StepStatus.RUNNING else QFont.Weight.Normal
        title = scaled(self.font(), 1, weight)
        shade = "quiet" if status is StepStatus.PENDING else "text"
        self._say(painter, QRectF(left, y, width - used - 12, height), line.step.title, title, shade)
        time_line = QRectF(INDENT, y + height + 6, self.width() - INDENT - 4, BAR)  # one for all steps
        self._paint_bar(painter, time_line, line, colour)
        if line.note:
            below = QRectF(left, y + height + 6 + BAR + 4, width, height)
            self._say(painter, below, line.note, small, "quiet")

    def _say(
        self,
        painter: QPainter,
        area: QRectF,
        text: str,
        font: QFont,
        colour: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> float:
        painter.setFont(font)
        painter.setPen(self._theme.colour(colour))
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)
        return metrics.horizontalAdvance(shown)

    def _paint_bar(self, painter: QPainter, room: QRectF, line: StepLine, colour: str) -> None:
        length = max(BAR, room.width() * line.length)
        left = min(room.left() + room.width() * line.start, room.right() - length)
        bar = QRectF(left, room.top(), length, BAR)
        faint = self._theme.colour(colour)
        faint.setAlphaF(0.35)
        painter.setPen(Qt.PenStyle.NoPen)
        open_end = line.step.status in (StepStatus.PENDING, StepStatus.RUNNING)
        painter.setBrush(faint if open_end else self._theme.colour(colour))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
        if line.step.status is StepStatus.RUNNING and line.filled > 0:
            painter.setBrush(self._theme.colour(colour))
            painter.drawRoundedRect(QRectF(left, bar.top(), max(BAR, length * line.filled), BAR), BAR / 2, BAR / 2)


def _said(line: StepLine) -> str:
    part = "a part: " if line.depth else ""
    return f"{part}{line.step.title}, {line.step.status}, {line.took} {line.note}".strip()
