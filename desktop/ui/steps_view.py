"""The Steps tab: what a run has done, does and will do, below it what there is so far, and on what it runs."""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.engine import Task
from desktop.ui.bridge import Bridge
from desktop.ui.how_it_ran_view import HowItRanView
from desktop.ui.labels import quiet
from desktop.ui.page import Page
from desktop.ui.page_view import PageView
from desktop.ui.steps_chart import StepsChart
from desktop.ui.theme import Theme, scaled


class StepsView(QWidget):
    """The chart of steps above the draft, and how it ran at the bottom."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = StepsChart(theme)
        self._empty = QLabel("The steps appear here when the task has made its plan.")
        self._scroll = QScrollArea()
        self._heading = QLabel("So far")
        self.draft = PageView(bridge, theme)
        self.usage = HowItRanView()
        self._build()

    def show_task(self, task: Task) -> None:
        """Show where this task stands."""
        self.chart.show_task(task)
        has_steps = bool(self.chart.lines)
        self._empty.setVisible(not has_steps)
        self._scroll.setVisible(has_steps)
        self.usage.show_task(task)
        has_draft = bool(task.draft)
        self._heading.setVisible(has_draft)
        self.draft.setVisible(has_draft)
        self._scroll.setMaximumHeight(self.chart.sizeHint().height() + 8 if has_draft else 16_777_215)
        if has_draft:
            self.draft.show_page(Page(markdown=task.draft))

    def _build(self) -> None:
        quiet(self._empty)
        self._empty.setWordWrap(True)
        self._heading.setFont(scaled(self._heading.font(), 1, QFont.Weight.DemiBold))
        self._scroll.setWidget(self.chart)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName("Steps")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._empty)
        column.addWidget(self._scroll, 2)
        column.addWidget(self._heading)
        column.addWidget(self.draft, 1)
        column.addStretch(0)
        column.addWidget(self.usage)
