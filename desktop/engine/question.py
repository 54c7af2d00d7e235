"""What a task asks its person, and what they answered."""

from dataclasses import dataclass
from typing import NewType

QuestionId = NewType("QuestionId", str)
"""Stands for one question of one run, word for word: an answer that names it can't be taken for another's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that a task can't go on without. All of it is shown as text, and none of it is trusted."""

    text: str  # in a sentence or two
    details: str = ""  # exactly what would happen, shown word for word
    choices: tuple[str, ...] = ()  # the answers to choose from; empty: any text
    key: str = ""  # tells it apart from one of the same run that asks the same, such as the turn that asks


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What the person answered."""

    question_id: QuestionId
    answer: str
