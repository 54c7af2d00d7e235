"""kill -9 around a question and its answer: what was asked is asked still, and what was answered holds."""

import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from desktop.api.client import RunningEngine
from desktop.api.errors import HandoverFailed
from desktop.api.representation import PublicTask
from desktop.engine import Input, TaskId, TaskRequest, TaskStatus
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.asking_agent import MAY_I
from tests.faults.launch import Crash, Launch, Moment

COMMITS: Final = range(2, 11)
"""Those of a task from its acceptance to its end, by their numbers since the start of the program."""
LAUNCH = {"models": "tests.faults.instant_model:models", "agents": "tests.faults.asking_agent:AskingAgent"}
REQUEST = TaskRequest(kind="documents", goal="Ask", inputs=(Input(name="a.txt", text="The sea."),))


def reached(engine: RunningEngine, task_id: TaskId, status: TaskStatus) -> PublicTask:
    """The task, once it is there."""

    def look() -> PublicTask | None:
        task = engine.task(task_id)
        assert not (task.status is TaskStatus.FAILED and status is not TaskStatus.FAILED), task.error
        return task if task.status is status else None

    return until(look)


def happened(application: Application, task_id: TaskId) -> list[str]:
    """The names of the task's events, which end with it."""
    engine = application.engine()
    assert engine is not None
    return [each.name for each in engine.events(task_id, 0) if each.number is not None]


def check_end(application: Application, task: PublicTask) -> None:
    """It was asked once, answered once, and did each of its steps once."""
    assert task.result is not None
    assert task.result.summary == "allow"
    names = happened(application, task.task_id)
    assert [names.count(name) for name in ("QuestionAsked", "QuestionAnswered", "StepFinished")] == [1, 1, 2]


def test_a_question_and_its_answer_outlive_kills(tmp_path: Path, seed: int) -> None:
    with Application(tmp_path / "data", Launch(seed=seed, **LAUNCH)) as application:
        engine = application.started()
        task_id = engine.submit(REQUEST).task_id
        reached(engine, task_id, TaskStatus.WAITING)
        application.kill()
        engine = application.started()
        waiting = engine.task(task_id)
        assert waiting.status is TaskStatus.WAITING
        assert waiting.question is not None
        assert (waiting.question.text, waiting.question.details) == (MAY_I.text, MAY_I.details)
        engine.answer(task_id, "allow", waiting.question.question_id)
        application.kill()
        engine = application.started()
        check_end(application, reached(engine, task_id, TaskStatus.COMPLETED))
        assert engine.answer(task_id, "allow").status is TaskStatus.COMPLETED


def seen_through(application: Application) -> PublicTask:
    """The completed task of a request that is handed over, and whose question is answered; both again where need be."""
    engine = application.started()
    task_id = engine.submit(REQUEST, "once").task_id

    def look() -> PublicTask | None:
        task = engine.task(task_id)
        if task.question is not None:
            engine.answer(task_id, "allow", task.question.question_id)
        return task if task.status is TaskStatus.COMPLETED else None

    return until(look)


@pytest.mark.parametrize("moment", ["before_commit", "within_commit", "after_commit"])
def test_a_kill_at_any_commit_leaves_it_asked_once_and_answered_once(
    tmp_path: Path, seed: int, chance: random.Random, moment: Moment
) -> None:
    usual = Launch(seed=seed, **LAUNCH)
    for number in chance.sample(COMMITS, 3):
        with Application(tmp_path / f"data {number}", usual) as application:
            application.launch = replace(usual, crash=Crash(moment=moment, number=number))
            with suppress(AssertionError, OSError, HandoverFailed):
                seen_through(application)
            application.wait_killed()
            application.launch = usual
            check_end(application, seen_through(application))
