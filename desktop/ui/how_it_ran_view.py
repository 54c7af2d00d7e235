"""The block under the steps that says on what a run ran, and what it took there."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from desktop.engine import Task, how_it_ran
from desktop.ui.labels import quiet
from desktop.ui.theme import scaled


class HowItRanView(QFrame):
    """Hidden while nothing is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("How it ran")
        self._heading = QLabel()
        self._heading.setFont(scaled(self._heading.font(), 1, QFont.Weight.DemiBold))
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 8, 0, 8)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._heading, 0, 0, 1, 2)
        self.hide()

    def show_task(self, task: Task) -> None:
        """Say it of this task's run."""
        told = how_it_ran(task.usage)
        self._heading.setText("How it runs" if task.finished_at is None else "How it ran")
        while len(self._rows) < len(told):
            self._add_row()
        for number, (about, words) in enumerate(self._rows):
            is_told = number < len(told)
            for label, text in zip((about, words), told[number] if is_told else ("", ""), strict=True):
                label.setText(text)
                label.setVisible(is_told)
        self.setVisible(bool(told))

    def text(self) -> str:
        """What it says, a line for each."""
        return "\n".join(f"{about.text()}: {words.text()}" for about, words in self._rows if about.text())

    def _add_row(self) -> None:
        about, words = quiet(QLabel()), QLabel()
        for column, label in enumerate((about, words)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            label.setFont(scaled(label.font(), 0.92))
            self._grid.addWidget(label, len(self._rows) + 1, column)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._rows.append((about, words))
