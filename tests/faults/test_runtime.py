"""Whatever becomes of the runtime, the application goes on, and the task with it; or it says what the runtime said."""

import os
import random
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from desktop.api.client import RunningEngine
from desktop.api.representation import PublicTask
from desktop.engine import AttemptFailed, Event, Input, TaskId, TaskRequest, TaskRevived, TaskStalled, TaskStatus
from desktop.headless import resting_engine
from desktop.settings import Settings
from tests.e2e.conftest import Legwork, until
from tests.faults.application import Application
from tests.faults.launch import Launch
from tests.faults.odd_models import FOLDER, MOODS

TEXT = " ".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(90))
REQUEST = TaskRequest(
    kind="documents", goal="Summarise this in three points", inputs=(Input(name="ships.txt", text=TEXT),)
)
BRIEF = replace(REQUEST, inputs=(Input(name="ships.txt", text=TEXT[:800]),))
"""For a real model."""
ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED})


def odd(application: Application, folder: Path, *moods: str) -> RunningEngine:
    """The application with a runtime of those moods."""
    application.launch = Launch(models="tests.faults.odd_models:models")
    application.environment |= {FOLDER: str(folder), MOODS: ",".join(moods)}
    return application.started()


def ended(engine: RunningEngine, task_id: TaskId) -> PublicTask:
    """The task once it has ended."""
    return until(lambda: task if (task := engine.task(task_id)).status in ENDED else None)


def family(application: Application) -> list[psutil.Process]:
    """The application's process and all that it has started."""
    own = psutil.Process(application.pid)
    return [own, *own.children(recursive=True)]


def runtime_of(application: Application) -> psutil.Process:
    """The runtime's process, as soon as there is one."""

    def look() -> psutil.Process | None:
        return next((one for one in family(application) if "runtime_server" in " ".join(_command(one))), None)

    return until(look)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def events_of(application: Application, task_id: TaskId) -> list[Event]:
    """What happened to a task, read once the application has ended."""
    application.stop()
    async with resting_engine(application.paths, Settings()) as engine:
        return [recorded.event for recorded in await engine.events(task_id)]


def writes(engine: RunningEngine, task_id: TaskId, tokens: int) -> bool | None:
    """Whether the model has written that much for the task."""
    return True if engine.task(task_id).progress.tokens >= tokens else None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_a_real_runtime_that_is_lost_while_it_works_costs_one_attempt(
    application: Application, chance: random.Random, number: signal.Signals
) -> None:
    engine = application.started()
    task_id = engine.submit(BRIEF).task_id
    first = runtime_of(application)
    moment = chance.choice([0, 1, 8, 20])  # while it loads or reads, or that many tokens later
    until(lambda: True if moment == 0 else writes(engine, task_id, moment))
    os.kill(first.pid, number)

    task = ended(engine, task_id)

    assert task.status is TaskStatus.COMPLETED, task.error
    assert runtime_of(application).pid != first.pid
    failed = [event for event in await events_of(application, task_id) if isinstance(event, AttemptFailed)]
    assert failed
    assert all("signal 9" in one.reason or "hung" in one.reason for one in failed)
    assert {one.attempt for one in failed} == {1}


@pytest.mark.parametrize(
    "mood",
    ["is killed", "ends", "cuts the stream", "writes no JSON", "has another shape", "fails", "counts below nothing"],
)
def test_a_runtime_that_talks_nonsense_or_dies_costs_one_attempt(
    application: Application, tmp_path: Path, mood: str
) -> None:
    engine = odd(application, tmp_path, mood, "fine")
    task = ended(engine, engine.submit(REQUEST).task_id)

    assert task.status is TaskStatus.COMPLETED, task.error
    assert (tmp_path / "starts").read_text() == "xx"


@pytest.mark.parametrize("mood", ["dies while it loads", "counts tokens in another shape"])
def test_what_is_asked_of_it_outside_of_any_step_is_tried_again_too(
    application: Application, tmp_path: Path, mood: str
) -> None:
    engine = odd(application, tmp_path, mood, mood, "fine")
    task = ended(engine, engine.submit(REQUEST).task_id)

    assert task.status is TaskStatus.COMPLETED, task.error
    assert (tmp_path / "starts").read_text() == "xxx"


async def test_a_runtime_that_always_dies_fails_the_task_with_its_last_words_and_nothing_else(
    application: Application, tmp_path: Path
) -> None:
    engine = odd(application, tmp_path, "ends")
    task_id = engine.submit(REQUEST).task_id
    task = ended(engine, task_id)

    assert task.status is TaskStatus.FAILED
    assert task.error is not None
    assert task.error.type == "RuntimeFailed"
    assert "no more cheese" in task.error.message
    assert task.error.hint
    assert engine.submit(REQUEST).status is TaskStatus.QUEUED  # the application goes on
    failed = [event for event in await events_of(application, task_id) if isinstance(event, AttemptFailed)]
    assert {one.attempt for one in failed} == {1, 2}


async def test_a_runtime_that_goes_quiet_is_called_stalled_then_replaced_and_the_task_goes_on(
    application: Application, tmp_path: Path
) -> None:
    engine = odd(application, tmp_path, "goes quiet", "fine")
    task_id = engine.submit(REQUEST).task_id
    before = until(lambda: task if (task := engine.task(task_id)).progress.tokens else None)
    stalled = until(lambda: task if (task := engine.task(task_id)).progress.stalled_seconds else None)
    legwork = Legwork(tmp_path)
    assert legwork.paths == application.paths
    listed = until(lambda: row if "stalled" in (row := legwork("list")[1]) else None)

    task = ended(engine, task_id)

    assert before.estimated_range is not None
    assert stalled.estimated_range is not None
    width = stalled.estimated_range[1] - stalled.estimated_range[0]
    assert width > before.estimated_range[1] - before.estimated_range[0]
    assert str(task_id) in listed
    assert task.status is TaskStatus.COMPLETED, task.error
    assert task.progress.stalled_seconds == 0
    kinds = [type(event) for event in await events_of(application, task_id)]
    assert kinds.index(TaskStalled) < kinds.index(AttemptFailed) < kinds.index(TaskRevived)
