"""kill -9 of the application while it works: the task goes on by itself, and nothing finished is done again."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from desktop.engine import Input, Interrupted, TaskId, TaskRequest, TaskStarted, TaskStatus
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.executions import Counter
from tests.faults.image import debris, lost_files, take
from tests.faults.inspection import compare, inspect, repeated
from tests.faults.launch import Crash, Launch, Moment

TEXT = " ".join(f"Ship {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(400))
REQUEST = TaskRequest(kind="documents", goal="Summarise this in five points", inputs=(Input(name="a.txt", text=TEXT),))
ITEMS = 6  # passages of that text, at least
ACCEPTED, A_ROUND = 1000, 250


@pytest.fixture
def counter(application: Application, tmp_path: Path, seed: int) -> Counter:
    """Counts what the application executes; its model takes a moment for each piece of text."""
    counted = Counter(tmp_path / "executed")
    models = "tests.faults.instant_model:models"
    application.launch = Launch(seed=seed, models=models, pace=0.02, executions=str(counted.path))
    return counted


def steps(counter: Counter) -> list[str]:
    return [execution.key.step for execution in counter.read()]


def in_a_step(counter: Counter) -> bool:
    """Taking notes is over: the summary is being written, in one answer."""
    return steps(counter).count("note") >= ITEMS


def in_an_item(counter: Counter) -> bool:
    """Some notes are taken, others are under way."""
    return 1 <= steps(counter).count("note") < ITEMS


@pytest.mark.parametrize("there", [in_a_step, in_an_item])
def test_a_task_runs_again_at_its_first_unfinished_item(
    application: Application, counter: Counter, there: Callable[[Counter], bool]
) -> None:
    task_id = application.started().submit(REQUEST).task_id
    until(lambda: there(counter) or None)
    application.kill()
    killed, executed = take(application.paths), counter.read()
    assert killed.tasks[task_id].status is TaskStatus.RUNNING

    engine = application.started()
    until(lambda: engine.task(task_id).status is TaskStatus.RUNNING or None)
    until(lambda: engine.task(task_id).status is TaskStatus.COMPLETED or None)
    assert application.stop() == 0

    end = take(application.paths)
    events = [event for _, event in end.events[task_id]]
    (interrupted,) = (event for event in events if isinstance(event, Interrupted))
    assert interrupted.reason == "Legwork ended while the task ran."
    assert isinstance(events[events.index(interrupted) + 1], TaskStarted)
    assert [*compare(killed, end), *repeated(killed, counter.read()[len(executed) :], end)] == []


def test_what_a_task_used_before_it_was_killed_counts_in_the_end(application: Application, counter: Counter) -> None:
    task_id = application.started().submit(REQUEST).task_id
    until(lambda: in_an_item(counter) or None)
    application.kill()
    before = take(application.paths).tasks[task_id].usage
    assert before.output_tokens > 0
    assert before.peak_memory > 0

    engine = application.started()
    until(lambda: engine.task(task_id).status is TaskStatus.COMPLETED or None)
    shown = engine.task(task_id).usage
    assert application.stop() == 0
    again = take(application.paths).tasks[task_id].usage
    assert again.ran_on == before.ran_on
    assert again.prompt_tokens > before.prompt_tokens
    assert again.output_tokens > before.output_tokens
    assert again.writing_seconds > before.writing_seconds
    assert shown is not None
    assert (shown.prompt_tokens, shown.output_tokens) == (again.prompt_tokens, again.output_tokens)


@pytest.mark.parametrize("moment", get_args(Moment))
def test_a_process_that_dies_in_a_commit_or_in_a_file_leaves_nothing_half_done(
    application: Application, counter: Counter, chance: random.Random, moment: Moment
) -> None:
    assert application.launch is not None
    usual = replace(application.launch, pace=0.0)
    task_id = application.started().submit(REQUEST).task_id
    application.kill()
    before, executed = take(application.paths), counter.read()
    for number in sorted({1, 2, chance.randint(3, 12)}):
        crash = Crash(moment=moment, number=1 if moment == "within_file" else number)
        application.launch = replace(usual, crash=crash)
        application.start()
        application.wait_killed()
        after, done = take(application.paths), counter.read()
        found = [*inspect(after), *compare(before, after), *repeated(before, done[len(executed) :], after)]
        assert found == [], crash
        before, executed = after, done
    application.launch = usual
    engine = application.started()
    until(lambda: engine.task(task_id).status is TaskStatus.COMPLETED or None)
    assert application.stop() == 0
    end = take(application.paths)
    found = [*inspect(end), *compare(before, end), *repeated(before, counter.read()[len(executed) :], end)]
    assert [*found, *lost_files(end, application.paths), *debris(application.paths)] == []


@pytest.mark.usefixtures("counter")
def test_no_task_that_was_accepted_is_lost(application: Application) -> None:
    accepted: list[TaskId] = []
    for _ in range(ACCEPTED // A_ROUND):
        engine = application.started()
        with ThreadPoolExecutor(8) as people:
            accepted += [task.task_id for task in people.map(engine.submit, [REQUEST] * A_ROUND)]
        application.kill()
    kept = take(application.paths)
    assert len(set(accepted)) == ACCEPTED
    assert [task_id for task_id in accepted if task_id not in kept.tasks] == []
    assert list(inspect(kept)) == []
