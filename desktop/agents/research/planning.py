"""What a run intends, from what was given before anything is read, and from what was found."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from desktop.agents.research.assignment import Assignment
from desktop.agents.research.checking import CHECK_STEP
from desktop.agents.research.comparing import COMPARE_STEP
from desktop.agents.research.gathering import FETCH_STEP, FIND_STEP, FOUND_STEP, INDEX_STEP, WEB_STEP
from desktop.agents.research.questions import ASK_STEP
from desktop.agents.research.reading import AT_ONCE, READ_STEP
from desktop.agents.research.searching import SEARCH_STEP
from desktop.agents.research.writing import WRITE_STEP
from desktop.engine import PlannedStep, Work

_OPENING: Final = 220  # tokens of instructions and question, read once
_SENTENCE: Final = 42  # tokens of one with its number and what it stands under
_CHOICE: Final = 36
_ANSWER_READ: Final = 650
_ANSWER_WRITTEN: Final = 170
_PAIR: Final = 90
_PAGE_SECONDS: Final = 2.0
_FILE_SECONDS: Final = 0.1
_SECONDS_PER_BYTE: Final = 8e-7
_SEARCH_SECONDS: Final = 0.15


def planned_steps(
    assignment: Assignment, *, files: int, size: float, questions: int | None = None, sentences: int | None = None
) -> tuple[PlannedStep, ...]:
    """The plan; `questions` and `sentences` are how many there are to answer and to read, once that is known."""
    effort = assignment.effort
    asked = effort.questions + 1 if questions is None else questions
    read = effort.candidates if sentences is None else sentences
    pages = ceil(read / AT_ONCE)
    return (
        _step(FIND_STEP, "Find the files", Work(seconds=0.05 + files * 1e-4)),
        *_fetching(assignment),
        _step(ASK_STEP, "Break the question down", Work(prompt_tokens=_OPENING, output_tokens=55 * asked)),
        *_searching_web(assignment, asked),
        _step(
            INDEX_STEP,
            "Index the sources",
            Work(seconds=files * _FILE_SECONDS + size * _SECONDS_PER_BYTE),
            max(1, files),
            "sources",
        ),
        _step(SEARCH_STEP, "Search them", Work(seconds=asked * _SEARCH_SECONDS), asked, "questions"),
        _step(
            READ_STEP,
            "Read what was found",
            Work(prompt_tokens=_OPENING + read * _SENTENCE, output_tokens=pages * _CHOICE),
            max(1, pages),
            "pages",
        ),
        _step(COMPARE_STEP, "Compare", Work(prompt_tokens=_OPENING + 2 * _PAIR, output_tokens=20), 2, "pairs"),
        _step(WRITE_STEP, "Write the answer", Work(prompt_tokens=_ANSWER_READ, output_tokens=_ANSWER_WRITTEN)),
        _step(CHECK_STEP, "Look up the quotations", Work(seconds=0.5), max(1, min(files, effort.passages)), "sources"),
    )


def _fetching(assignment: Assignment) -> Sequence[PlannedStep]:
    count = len(assignment.addresses)
    work = Work(seconds=count * _PAGE_SECONDS)
    return [_step(FETCH_STEP, "Fetch the pages", work, count, "pages")] if count else []


def _searching_web(assignment: Assignment, asked: int) -> Sequence[PlannedStep]:
    if not assignment.searches_web:
        return []
    pages = asked * assignment.effort.pages
    return [
        _step(WEB_STEP, "Search the web", Work(seconds=asked * _PAGE_SECONDS), asked, "questions"),
        _step(FOUND_STEP, "Fetch what was found", Work(seconds=pages * _PAGE_SECONDS), pages, "pages"),
    ]


def _step(name: str, title: str, work: Work, total: int = 1, unit: str = "") -> PlannedStep:
    return PlannedStep(name=name, title=title, work=work, total=total, unit=unit)
