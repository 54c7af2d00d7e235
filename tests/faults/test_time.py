"""The clock, the time zone and the machine's sleep change neither what is done, nor its order, nor how long it took."""

import os
import random
import signal
from datetime import UTC, timedelta
from pathlib import Path

import apsw
import pytest

from desktop.api.client import RunningEngine
from desktop.engine import AttemptFailed, Input, TaskQuery, TaskRequest, TaskStalled, TaskStatus
from desktop.headless import resting_engine
from desktop.settings import Settings
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.launch import Launch
from tests.faults.moved_clock import Shift, move
from tests.faults.test_runtime import BRIEF, ended, events_of, family, writes

TEXT = " ".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(200))
REQUEST = TaskRequest(kind="documents", goal="Summarise this", inputs=(Input(name="ships.txt", text=TEXT),))
DAY = 86_400.0
INSTANT = "tests.faults.instant_model:models"


def works(engine: RunningEngine, task_id: str) -> None:
    """Wait until something is done of the task."""
    until(lambda: True if engine.task(task_id).progress.fraction > 0 else None)  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_that_is_moved_by_a_day_changes_neither_order_nor_durations(
    application: Application, tmp_path: Path, chance: random.Random, days: int
) -> None:
    clock = tmp_path / "clock"
    application.launch = Launch(models=INSTANT, pace=0.01, clock=str(clock), most_running=2)
    engine = application.started()
    submitted = []
    for date in (0.0, days * DAY, 0.0, -days * DAY):
        move(clock, Shift(date=date + chance.uniform(-900, 900)))
        submitted.append(engine.submit(REQUEST).task_id)
        works(engine, submitted[0])
    tasks = [ended(engine, task_id) for task_id in submitted]

    assert {task.status for task in tasks} == {TaskStatus.COMPLETED}
    assert submitted == sorted(submitted)
    assert all(0 < sum(step.seconds for step in task.progress.steps) < 900 for task in tasks)
    assert all(task.expires_at - task.created_at >= timedelta(days=7) for task in tasks)
    application.stop()
    async with resting_engine(application.paths, Settings()) as resting:
        listed = [task.task_id for task in (await resting.find(TaskQuery())).tasks]
        events = [await resting.events(task_id) for task_id in submitted]
    assert listed == submitted[::-1]
    assert all([event.number for event in of_one] == list(range(1, len(of_one) + 1)) for of_one in events)
    assert not [one for of_one in events for one in of_one if isinstance(one.event, TaskStalled | AttemptFailed)]


async def test_time_zone_and_locale_may_change_between_two_starts(application: Application) -> None:
    application.launch = Launch(models=INSTANT, pace=0.01)
    application.environment |= {"TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    engine = application.started()
    task_id = engine.submit(REQUEST).task_id
    works(engine, task_id)
    before = engine.task(task_id)
    application.kill()
    application.environment |= {"TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.UTF-8"}
    after = ended(application.started(), task_id)

    assert after.status is TaskStatus.COMPLETED, after.error
    assert after.created_at == before.created_at
    assert after.created_at.utcoffset() == timedelta(0)
    assert after.finished_at is not None
    assert timedelta(0) < after.finished_at - after.created_at < timedelta(hours=1)
    events = await events_of(application, task_id)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {event.at.tzinfo for event in events} == {UTC}
    with apsw.Connection(str(application.paths.database), flags=apsw.SQLITE_OPEN_READONLY) as database:
        bodies = [bytes(body).decode() for (body,) in database.execute("SELECT body FROM events")]
    assert all('Z"' in body or "+00:00" in body for body in bodies)


async def test_a_machine_that_sleeps_while_a_task_runs_wakes_up_to_a_task_that_goes_on(
    application: Application, tmp_path: Path, chance: random.Random
) -> None:
    clock = tmp_path / "clock"
    application.launch = Launch(clock=str(clock))  # with the real runtime
    engine = application.started()
    task_id = engine.submit(BRIEF).task_id
    until(lambda: writes(engine, task_id, chance.choice([1, 9])))
    processes = family(application)
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    slept = chance.uniform(600, 2 * DAY)  # as on a system whose clocks go on in sleep
    move(clock, Shift(date=slept, monotonic=slept))
    for process in processes:
        os.kill(process.pid, signal.SIGCONT)
    awake = until(lambda: task if (task := engine.task(task_id)).progress.fraction > 0 else None)
    task = ended(engine, task_id)

    assert awake.progress.stalled_seconds == 0
    assert task.status is TaskStatus.COMPLETED, task.error
    assert sum(step.seconds for step in task.progress.steps) < 600
    assert {one.pid for one in processes} <= {one.pid for one in family(application)}
    events = await events_of(application, task_id)
    assert not [event for event in events if isinstance(event, TaskStalled | AttemptFailed)]
