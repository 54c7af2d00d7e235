"""What a task asks, with the choices as buttons, or a field for an answer in words. Nothing in it is trusted."""

import re
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop.engine import MAX_ANSWER_CHARACTERS, QuestionId, Task, TaskId, question_id
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.labels import set_mood
from desktop.ui.theme import scaled

_TURNING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing: with them a command could be shown as another one."""

DETAIL_LINES: Final = 8
"""Lines of the details that are shown at a time; the others are scrolled to."""

CHOICE_CHARACTERS: Final = 60


class QuestionForm(QFrame):
    """Hidden while nothing is asked. `answered(TaskId, str, QuestionId)` is emitted with what the person answers."""

    answered = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        self.text = QLabel()
        self.details = QPlainTextEdit()
        self.field = QLineEdit()
        self.send = QPushButton("Answer")
        self.choices: list[QPushButton] = []
        self._asked: tuple[TaskId, QuestionId] | None = None
        self._choices = QWidget()
        self._flow = FlowLayout(self._choices)
        self._words = QWidget()
        self._build()
        self.hide()

    def show_task(self, task: Task | None) -> None:
        """Show what this task asks; what is typed for the same question stays."""
        question = None if task is None else task.question
        asked = None if task is None or question is None else (task.task_id, question_id(task.run, question))
        if asked == self._asked:
            return
        self._asked = asked
        self.setVisible(asked is not None)
        if question is None:
            return
        self.text.setText(shown(question.text))
        self._show_details(shown(question.details))
        self._offer(question.choices)
        self.setEnabled(True)

    def take_up(self) -> None:
        """Let the person answer: the keyboard goes to the field, or to the question, so that no key chooses at once."""
        (self.text if self.choices else self.field).setFocus()

    def allow_again(self) -> None:
        """The answer did not get through: it can be given again."""
        self.setEnabled(True)

    def _show_details(self, details: str) -> None:
        self.details.setPlainText(details)
        self.details.setVisible(bool(details))
        lines = min(DETAIL_LINES, max(1, details.count("\n") + 1))
        self.details.setFixedHeight(self.details.fontMetrics().lineSpacing() * lines + 26)

    def _offer(self, choices: tuple[str, ...]) -> None:
        for button in self.choices:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.choices = [self._choice(choice) for choice in choices]
        self._choices.setVisible(bool(choices))
        self._words.setVisible(not choices)
        self.field.clear()

    def _choice(self, choice: str) -> QPushButton:
        label = " ".join(shown(choice).split())
        button = QPushButton(label[:CHOICE_CHARACTERS].replace("&", "&&"))
        button.setAccessibleName(label)
        button.clicked.connect(lambda _=False: self._answer(choice))
        self._flow.addWidget(button)
        return button

    def _answer(self, answer: str) -> None:
        if self._asked is not None and answer.strip():
            self.setEnabled(False)  # until something else is asked
            task_id, asked = self._asked
            self.answered.emit(task_id, answer, asked)

    def _build(self) -> None:
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setFont(scaled(self.text.font(), 1, QFont.Weight.DemiBold))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setAccessibleName("Question")
        set_mood(self.text, "needs")
        self.details.setObjectName("lines")
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName("Exactly what would happen")
        self.field.setPlaceholderText("Your answer")
        self.field.setAccessibleName("Your answer")
        self.field.setMaxLength(MAX_ANSWER_CHARACTERS)
        for wanted in (self.send.clicked, self.field.returnPressed):
            wanted.connect(lambda *_: self._answer(self.field.text()))
        across = QHBoxLayout(self._words)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        across.addWidget(self.field, 1)
        across.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        for part in (self.text, self.details, self._choices, self._words):
            column.addWidget(part)


def shown(text: str) -> str:
    """The text as it is put on the screen: word for word, with marks that would turn it made visible."""
    return _TURNING.sub("\N{REPLACEMENT CHARACTER}", text)
