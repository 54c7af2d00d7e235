"""What a task asks, with the choices as buttons, or a field for an answer in words. Nothing in it is trusted."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.engine import MAX_ANSWER_CHARACTERS, QuestionId, Task, TaskId, question_id, visible
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.labels import set_mood
from desktop.ui.question_details import QuestionDetails
from desktop.ui.theme import Theme, scaled

_SAFE: Final = re.compile(r"(?:no|don.t|do not|deny|leave|refuse|reject|decline|skip|never|stop)\b", re.IGNORECASE)
"""How a choice begins after which nothing happens that did not before."""

_MENU_KEYS: Final = frozenset("ftvh")
"""Letters that open menus together with Alt."""

CHOICE_CHARACTERS: Final = 60
NARROWEST: Final = 64
"""A choice with many words takes no more room than there is; its tooltip has them all."""


class QuestionForm(QFrame):
    """Hidden while nothing is asked. `answered(TaskId, str, QuestionId)` is emitted with what the person answers.

    Each choice has a key of its own with Alt. The one after which nothing happens has the keyboard, and Enter; no other
    choice takes Enter.
    """

    answered = Signal(str, str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        self.text = QLabel()
        self.details = QuestionDetails(theme)
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
        self.text.setText(visible(question.text))
        self.details.show_text(question.details)
        self._offer(question.choices)
        self.setEnabled(True)

    def take_up(self) -> None:
        """Let the person answer: the keyboard goes to the field, or to the safe choice, or else to the question."""
        if not self.choices:
            self.field.setFocus()
            return
        safe = next((button for button in self.choices if button.autoDefault()), None)
        (self.text if safe is None else safe).setFocus()

    def allow_again(self) -> None:
        """The answer did not get through: it can be given again."""
        self.setEnabled(True)

    def _offer(self, choices: tuple[str, ...]) -> None:
        for button in self.choices:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        keys = list(_keys([_label(choice) for choice in choices]))
        self.choices = [self._choice(choice, key) for choice, key in zip(choices, keys, strict=True)]
        self._choices.setVisible(bool(choices))
        self._words.setVisible(not choices)
        self.field.clear()

    def _choice(self, choice: str, key: str) -> QPushButton:
        label = _label(choice)
        button = QPushButton(label[:CHOICE_CHARACTERS].replace("&", "&&"))
        button.setAccessibleName(label)
        button.setMinimumWidth(NARROWEST)
        button.setToolTip(f"{label} (Alt+{key.upper()})" if key else label)
        if key:
            button.setShortcut(QKeySequence(f"Alt+{key}"))
        is_safe = bool(_SAFE.match(label))
        button.setAutoDefault(is_safe)
        button.setProperty("primary", is_safe)
        button.setProperty("cut", button.fontMetrics().horizontalAdvance(label) > NARROWEST)
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


def _label(choice: str) -> str:
    return " ".join(visible(choice).split())


def _keys(labels: Sequence[str]) -> Iterator[str]:
    """For each choice the first of its letters that nothing else has with Alt; empty where there is none."""
    taken = set(_MENU_KEYS)
    for label in labels:
        key = next((each for each in label.lower() if each.isascii() and each.isalpha() and each not in taken), "")
        taken.add(key)
        yield key
