"""`legwork run`, with an engine that the test moves: here, elsewhere, and from one to the other."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from desktop.api.announcement import Announcement, publish
from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone, HandoverFailed
from desktop.api.representation import AcceptedTask, PublicTask, accepted_task, public_task
from desktop.cli import owner
from desktop.cli import run as run_module
from desktop.cli.beginning import Beginning, Resumption, Retrial, Submission
from desktop.cli.exit_code import ExitCode
from desktop.cli.run import RunCommand
from desktop.engine import (
    Artifact,
    DataFolderInUse,
    Failure,
    ForbiddenTransition,
    LoadedModel,
    Question,
    Result,
    Task,
    TaskId,
    TaskRequest,
    TaskStatus,
    Usage,
    Verdict,
    Verification,
)
from desktop.paths import Paths
from desktop.settings import Settings
from tests.fakes.engine_double import EngineDouble, make_task
from tests.unit.cli.conftest import Screen

REQUEST = TaskRequest(kind="documents", goal="Summarise")
ARTIFACT = Artifact(name="report.md", media_type="text/markdown", size=4, sha256="ab")
RESULT = Result(
    summary="The sea is wide.\n", verification=Verification(verdict=Verdict.NOT_VERIFIED), artifacts=(ARTIFACT,)
)

RUNNING = make_task(1, status=TaskStatus.RUNNING)
COMPLETED = replace(make_task(1, status=TaskStatus.COMPLETED), result=RESULT)

Act = Callable[[EngineDouble, Task], Any]


class Here:
    """The engine in this process, or word that another process has it; `act` moves the task when it is looked at."""

    def __init__(self, act: Act) -> None:
        self.engine = EngineDouble()
        self.act = act
        self.taken = 0  # how many times another process has the folder

    @asynccontextmanager
    async def opened(self, _paths: Paths, _settings: Settings) -> AsyncIterator[EngineDouble]:
        if self.taken:
            self.taken -= 1
            raise DataFolderInUse("Legwork already runs.")
        look = self.engine.task

        async def moved(task_id: TaskId) -> Task:
            task = await look(task_id)
            self.act(self.engine, task)
            return await look(task_id)

        self.engine.task = moved  # type: ignore[method-assign]
        yield self.engine
        self.engine.task = look  # type: ignore[method-assign]


def ends(status: TaskStatus, **changes: Any) -> Act:
    """The task runs when it is first looked at, and then has that end."""

    def act(engine: EngineDouble, task: Task) -> None:
        if task.status is TaskStatus.QUEUED:
            engine.put(replace(task, status=TaskStatus.RUNNING))
        elif task.status is TaskStatus.RUNNING:
            engine.put(replace(task, status=status, **changes))

    return act


COMPLETES = ends(TaskStatus.COMPLETED, result=RESULT)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    found = Here(COMPLETES)
    monkeypatch.setattr(run_module, "opened_engine", found.opened)
    monkeypatch.setattr(run_module, "_LOOK_SECONDS", 0.001)
    monkeypatch.setattr(owner, "LOOK_SECONDS", 0.001)
    yield found
    assert found.engine.listeners == 0


SUBMISSION = Submission(REQUEST)


def command(paths: Paths, screen: Screen, beginning: Beginning = SUBMISSION, *, as_json: bool = False) -> RunCommand:
    return RunCommand(paths, Settings(), screen.terminal, beginning, as_json=as_json)


def test_the_result_is_on_standard_output_and_all_else_beside_it(here: Here, paths: Paths, screen: Screen) -> None:
    assert command(paths, screen).execute() is ExitCode.COMPLETED
    assert screen.out.text == "The sea is wide.\n"
    for words in ("Queued", "0%", "unverified", f"{paths.runs}", "Completed"):
        assert words in screen.err.text or words == "Queued"


def test_in_the_end_it_is_said_on_what_the_task_ran(here: Here, paths: Paths, screen: Screen) -> None:
    loaded = LoadedModel(name="tiny", context_tokens=4096, slots=4, device="CPU, 2 threads")
    used = Usage(ran_on=(loaded,), output_tokens=61, writing_seconds=2.0)
    here.act = ends(TaskStatus.COMPLETED, result=RESULT, usage=used)
    assert command(paths, screen).execute() is ExitCode.COMPLETED
    assert screen.out.text == "The sea is wide.\n"
    assert "Ran on: tiny · CPU, 2 threads\n" in screen.err.text
    assert "Wrote: 61 tokens · 30 tok/s\n" in screen.err.text


def test_json_is_the_task_as_it_changes_and_last_as_it_ended(here: Here, paths: Paths, screen: Screen) -> None:
    command(paths, screen, as_json=True).execute()
    rows = [json.loads(line) for line in screen.out.text.splitlines()]
    assert [row["status"] for row in rows] == ["running", "completed"]
    assert rows[-1]["result"]["artifacts"][0]["url"].startswith("file://")
    assert rows[-1]["result"]["verification"]["verdict"] == "not_verified"


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        (
            ends(TaskStatus.FAILED, failure=Failure(type="X", message="It is encrypted.", hint="Open it.")),
            ExitCode.FAILED,
            "It is encrypted.\nOpen it.",
        ),
        (ends(TaskStatus.FAILED), ExitCode.FAILED, "no reason"),
        (ends(TaskStatus.CANCELLED), ExitCode.CANCELLED, "cancelled"),
        (ends(TaskStatus.WAITING, question=Question(text="Which?")), ExitCode.NEEDS_PERSON, "needs an answer"),
        (ends(TaskStatus.PAUSED), ExitCode.NEEDS_PERSON, "paused"),
    ],
)
def test_every_end_has_its_code_and_its_words(
    here: Here, paths: Paths, screen: Screen, act: Act, code: ExitCode, words: str
) -> None:
    here.act = act
    assert command(paths, screen).execute() is code
    assert words in screen.err.text


def test_a_paused_task_is_resumed_and_followed_to_its_result(here: Here, paths: Paths, screen: Screen) -> None:
    here.engine.put(make_task(1, status=TaskStatus.PAUSED))
    assert command(paths, screen, Resumption(make_task(1).task_id)).execute() is ExitCode.COMPLETED
    assert screen.out.text == "The sea is wide.\n"
    assert here.engine.requests == []


def test_an_ended_task_is_retried_and_followed_to_its_result(here: Here, paths: Paths, screen: Screen) -> None:
    here.engine.put(make_task(1, status=TaskStatus.FAILED))
    assert command(paths, screen, Retrial(make_task(1).task_id)).execute() is ExitCode.COMPLETED
    assert here.engine.tasks[make_task(1).task_id].run == 2


def test_what_the_lifecycle_forbids_is_said(here: Here, paths: Paths, screen: Screen) -> None:
    here.engine.put(COMPLETED)
    with pytest.raises(ForbiddenTransition):
        command(paths, screen, Resumption(COMPLETED.task_id)).execute()


def signalled(number: int) -> Act:
    def act(engine: EngineDouble, task: Task) -> None:
        if task.status is TaskStatus.QUEUED:
            engine.put(replace(task, status=TaskStatus.RUNNING))
            os.kill(os.getpid(), number)

    return act


def test_ctrl_c_cancels_the_task(here: Here, paths: Paths, screen: Screen) -> None:
    here.act = signalled(signal.SIGINT)
    assert command(paths, screen).execute() is ExitCode.CANCELLED
    assert [task.status for task in here.engine.tasks.values()] == [TaskStatus.CANCELLED]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_being_told_to_end_leaves_the_task_to_the_next_start(here: Here, paths: Paths, screen: Screen) -> None:
    here.act = signalled(signal.SIGTERM)
    assert command(paths, screen).execute() is ExitCode.NEEDS_PERSON
    assert [task.status for task in here.engine.tasks.values()] == [TaskStatus.RUNNING]
    assert "goes on where it was" in screen.err.text


class Elsewhere(RunningEngine):
    """The engine of another process; `answers` are what it says of the task, one after another."""

    answers: ClassVar[list[Task | BaseException]] = []
    submitted: ClassVar[list[TaskRequest]] = []
    cancelled: ClassVar[list[TaskId]] = []
    steered: ClassVar[list[str]] = []

    def submit(self, request: TaskRequest, _key: str) -> AcceptedTask:
        self.submitted.append(request)
        return accepted_task(make_task(1), {})

    def task(self, task_id: TaskId) -> PublicTask:
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return public_task(answer, lambda _task, artifact: f"/tasks/{artifact.name}")

    def cancel(self, task_id: TaskId) -> PublicTask:
        self.cancelled.append(task_id)
        return self.task(task_id)

    def resume(self, task_id: TaskId) -> PublicTask:
        self.steered.append("resume")
        return self.task(task_id)

    def retry(self, task_id: TaskId, from_step: str | None = None) -> PublicTask:
        self.steered.append(f"retry from {from_step}" if from_step else "retry")
        return self.task(task_id)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, paths: Paths, here: Here) -> type[Elsewhere]:
    announcement = Announcement(
        address="http://127.0.0.1:1", token="", pid=77, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    publish(paths.engine, announcement)
    for name in ("answers", "submitted", "cancelled", "steered"):
        monkeypatch.setattr(Elsewhere, name, [])
    monkeypatch.setattr("desktop.api.client.RunningEngine", Elsewhere)
    here.taken = 1
    return Elsewhere


def test_a_folder_that_is_taken_gets_the_task_handed_over(
    elsewhere: type[Elsewhere], paths: Paths, screen: Screen
) -> None:
    elsewhere.answers += [RUNNING, COMPLETED]
    assert command(paths, screen, as_json=True).execute() is ExitCode.COMPLETED
    assert elsewhere.submitted == [REQUEST]
    assert "process 77" in screen.err.text
    assert json.loads(screen.out.text.splitlines()[-1])["result"]["artifacts"][0]["url"].startswith("file://")


def test_where_the_other_ends_the_task_is_taken_over_and_not_submitted_again(
    elsewhere: type[Elsewhere], here: Here, paths: Paths, screen: Screen
) -> None:
    elsewhere.answers += [RUNNING, EngineGone("It ended.")]
    here.engine.put(make_task(1))
    assert command(paths, screen).execute() is ExitCode.COMPLETED
    assert (len(elsewhere.submitted), here.engine.requests) == (1, [])


@pytest.mark.parametrize(
    ("beginning", "steered"),
    [
        (Resumption(RUNNING.task_id), "resume"),
        (Retrial(RUNNING.task_id), "retry"),
        (Retrial(RUNNING.task_id, "note"), "retry from note"),
    ],
)
def test_a_task_goes_on_in_the_legwork_that_runs_already(
    elsewhere: type[Elsewhere], paths: Paths, screen: Screen, beginning: Beginning, steered: str
) -> None:
    elsewhere.answers += [RUNNING, RUNNING, COMPLETED]
    assert command(paths, screen, beginning).execute() is ExitCode.COMPLETED
    assert (elsewhere.steered, elsewhere.submitted) == ([steered], [])
    assert screen.out.text == "The sea is wide.\n"


def test_where_the_other_ends_before_it_resumes_the_task_this_one_does(
    elsewhere: type[Elsewhere], here: Here, paths: Paths, screen: Screen
) -> None:
    elsewhere.answers += [EngineGone("It ended.")]
    here.engine.put(make_task(1, status=TaskStatus.PAUSED))
    assert command(paths, screen, Resumption(RUNNING.task_id)).execute() is ExitCode.COMPLETED


def test_ctrl_c_while_the_other_ends_cancels_the_task_here(
    elsewhere: type[Elsewhere], here: Here, paths: Paths, screen: Screen
) -> None:
    elsewhere.answers += [RUNNING, KeyboardInterrupt(), EngineGone("It ended.")]
    here.engine.put(make_task(1))
    assert command(paths, screen).execute() is ExitCode.CANCELLED
    assert [task.status for task in here.engine.tasks.values()] == [TaskStatus.CANCELLED]


def test_ctrl_c_cancels_the_task_elsewhere(elsewhere: type[Elsewhere], paths: Paths, screen: Screen) -> None:
    cancelled = make_task(1, status=TaskStatus.CANCELLED)
    elsewhere.answers += [RUNNING, KeyboardInterrupt(), cancelled, cancelled]
    assert command(paths, screen).execute() is ExitCode.CANCELLED
    assert elsewhere.cancelled == [make_task(1).task_id]


def test_a_folder_whose_owner_does_not_answer_is_given_up(
    here: Here, paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.taken = 10_000
    monkeypatch.setattr(owner, "ANSWER_SECONDS", 0.01)
    with pytest.raises(HandoverFailed, match="does not answer"):
        command(paths, screen).execute()


def test_an_owner_that_leaves_before_it_answers_is_followed(here: Here, paths: Paths, screen: Screen) -> None:
    here.taken = 2
    assert command(paths, screen).execute() is ExitCode.COMPLETED


def test_nothing_is_left_running_when_the_engine_refuses(here: Here, paths: Paths, screen: Screen) -> None:
    here.engine.refusal = DataFolderInUse("Not now.")
    here.taken = 0
    with pytest.raises(DataFolderInUse):
        asyncio.run(command(paths, screen)._here())
