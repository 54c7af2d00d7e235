"""A run's questions to its person. The answer is remembered like the result of a step: nothing is asked twice."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from desktop.engine.errors import ForbiddenTransition, InvalidRequest
from desktop.engine.identifiers import RunNumber
from desktop.engine.journal import Journal, hash_inputs, new_entry
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.question import GivenAnswer, Question, QuestionId
from desktop.engine.request_check import is_text
from desktop.engine.result import Result
from desktop.engine.task import Task

MAX_ANSWER_CHARACTERS: Final = 20_000

_PERSON: Final = ""
"""Where the journal keeps answers: no step has an empty name."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """The questions of one run. A run that asks ends there; after the answer it begins anew, and finds it here."""

    journal: Journal
    _question: Question | None = None
    _limit: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(None))

    async def answer_to(self, question: Question) -> str:
        """The answer, where there is one; else this breaks the work off, and does not return."""
        asked = hash_inputs(question)
        remembered = self.journal.recall(_PERSON, asked, asked)
        if remembered is not None:
            return msgspec.json.decode(remembered.result, type=str)
        self._question = self._question or question  # of several at a time the first
        loop = asyncio.get_running_loop()
        self._limit.reschedule(loop.time())
        never: asyncio.Future[str] = loop.create_future()
        return await never

    async def until_asked(self, work: Awaitable[Result]) -> Result | Question:
        """What the work gives, or the question that it can't go on without."""
        try:
            async with self._limit:
                return await work
        except TimeoutError:
            if self._question is None:
                raise
            return self._question


def question_id(run: RunNumber, question: Question) -> QuestionId:
    """What stands for the question of that run."""
    return QuestionId(hash_inputs((run, question))[:16])


def checked_answer(task: Task, answer: str, to: QuestionId | None) -> GivenAnswer | None:
    """The answer to what the task asks now; None where that very answer was given before.

    `to` is what the person was asked, where they know: nothing else is answered. Raises `InvalidRequest` for what is no
    answer, and `ForbiddenTransition` where the task asks nothing, or asks something else by now.
    """
    given = task.answered
    asked = None if task.question is None else question_id(task.run, task.question)
    if given is not None and given.answer == answer and given.question_id == (to or asked or given.question_id):
        return None
    if task.question is None or asked is None:
        raise _asks_nothing(task, to)
    if to not in (None, asked):
        raise ForbiddenTransition(
            "The task asks something else by now; nothing was answered.", hint="Look at it and answer that."
        )
    _check(task.question, answer)
    return GivenAnswer(question_id=asked, answer=answer)


def answer_entry(task: Task, answer: str) -> JournalEntry:
    """What the journal of the task's run remembers of the answer to what it asks now."""
    asked = hash_inputs(task.question)
    return new_entry(task, _PERSON, asked, asked, answer, 0.0)


def _asks_nothing(task: Task, to: QuestionId | None) -> ForbiddenTransition:
    if task.answered is not None and to in (None, task.answered.question_id):
        return ForbiddenTransition(
            "The question was answered before, in another way; that answer holds.",
            hint="Cancel the task if it must not go on with it.",
        )
    return ForbiddenTransition(
        f"The task is {task.status} and asks nothing; it was left as it is.", hint="Answer it when it asks something."
    )


def _check(question: Question, answer: str) -> None:
    if not answer.strip() or not is_text(answer):
        raise InvalidRequest(
            "The answer is empty, or holds bytes that are no text; the task still waits.", hint="Say it in words."
        )
    if len(answer) > MAX_ANSWER_CHARACTERS:
        raise InvalidRequest(
            f"The answer has {len(answer):,} characters, more than the {MAX_ANSWER_CHARACTERS:,} that it may have; "
            "the task still waits.",
            hint="Say it shorter.",
        )
    if question.choices and answer not in question.choices:
        choices = ", ".join(f"“{choice}”" for choice in question.choices)
        raise InvalidRequest(
            "That is none of the answers to choose from; the task still waits.", hint=f"Choose one of: {choices}."
        )
