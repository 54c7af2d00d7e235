"""Results stay until their date and a week in Trash after it, whatever happens to the clock and to the program."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from desktop.engine import (
    Change,
    Input,
    RunNumber,
    SeenTime,
    Store,
    Task,
    TaskId,
    TaskQuery,
    TaskRequest,
    TaskStatus,
    TrashCause,
    Trashed,
    UnknownTask,
)
from desktop.paths import Paths, prepare
from desktop.store import RunFiles, open_store
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.launch import Launch
from tests.faults.moved_clock import Shift, move
from tests.unit.store.samples import completed, entry, item_finished, submitted, task

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
WEEK = 7 * DAY
START = datetime.now(UTC)
MANY = 60

T = TypeVar("T")


def done(number: int, *, age: timedelta = timedelta(), keep_days: int = 30, **fields: object) -> Task:
    """A task that ended so long ago."""
    ended = START - age
    one = completed(task(number, goal=f"word{number:03}x", **fields), f"summary{number}")
    request = replace(one.request, keep_days=keep_days)
    expires = ended + timedelta(days=keep_days)
    return replace(one, request=request, created_at=ended, finished_at=ended, expires_at=expires)


def with_store(paths: Paths, use: Callable[[Store], Awaitable[T]], *, readonly: bool = False) -> T:
    """What `use` gives with the store, beside the application or while it does not run."""

    async def work() -> T:
        store = open_store(paths.data, readonly=readonly)
        try:
            return await use(store)
        finally:
            await store.close()

    return asyncio.run(work())


def keep(paths: Paths, tasks: list[Task], seen: SeenTime | None = None) -> None:
    """Have a history with these tasks, each with events, a journal and a file."""

    async def write(store: Store) -> None:
        for one in tasks:
            await store.add(submitted(one))
            await store.record(Change(task=one, events=(item_finished(one, 1),), entry=entry(one, "a")))
            await RunFiles(paths.runs).write(one.task_id, one.run, "artifacts/report.md", b"report" * 1000)
        if seen is not None:
            await store.keep_seen_time(seen)

    prepare(paths)
    with_store(paths, write)


class Time:
    """The application's clock: it runs with the real one, and is moved besides."""

    def __init__(self, application: Application, path: Path) -> None:
        self._application = application
        self._path = path
        self._shift = Shift()
        self.passed = timedelta()  # without what really passes meanwhile

    def let_pass(self, time: timedelta) -> None:
        """So much time passes while the application runs, and it looks what has expired."""
        self.passed += time
        seconds = time.total_seconds()
        self._move(replace(self._shift, date=self._shift.date + seconds, monotonic=self._shift.monotonic + seconds))

    def jump(self, by: timedelta) -> None:
        """The clock is set to another date."""
        self._move(replace(self._shift, date=self._shift.date + by.total_seconds()))

    def let_it_look(self) -> None:
        """The application has looked what has expired since the last move: it looks hour by hour."""
        for _ in range(2):  # that the second look has begun says that the first one is over
            before = self._seen()
            until(lambda before=before: self._has_looked_since(before))

    def _has_looked_since(self, before: float) -> bool | None:
        self.let_pass(HOUR / 4)
        return True if self._seen() >= before + HOUR.total_seconds() else None

    def _seen(self) -> float:
        seen = with_store(self._application.paths, lambda store: store.seen_time(), readonly=True)
        return 0.0 if seen is None else seen.seconds

    def _move(self, shift: Shift) -> None:
        self._shift = shift
        move(self._path, shift)


@pytest.fixture
def time(application: Application, tmp_path: Path, seed: int) -> Time:
    path = tmp_path / "clock"
    application.launch = Launch(seed=seed, clock=str(path), models="tests.faults.instant_model:models", pace=0.01)
    return Time(application, path)


def is_there(application: Application, one: Task) -> bool:
    return application.ask("GET", f"/tasks/{one.task_id}")[0] == 200


def in_trash(application: Application) -> set[TaskId]:
    return {one["task_id"] for one in application.ask("GET", "/tasks?trashed=true")[1]["tasks"]}


def listed(application: Application) -> set[TaskId]:
    return {one["task_id"] for one in application.ask("GET", "/tasks")[1]["tasks"]}


def disturb(application: Application, time: Time, chance: random.Random) -> timedelta:
    """Something that makes nothing older; by how much the clock is wrong then."""
    wrong = chance.choice([timedelta(), DAY, 40 * DAY, 400 * DAY]) * chance.choice([1, -1])
    time.jump(wrong)
    if chance.random() < 0.5:
        application.kill()
        application.started()
    return wrong


def test_nothing_goes_early_and_what_is_pinned_or_unfinished_never(
    application: Application, time: Time, chance: random.Random
) -> None:
    fresh, pinned = done(1, keep_days=chance.randint(15, 30)), done(2, age=90 * DAY, pinned=True)
    paused = replace(done(3, age=90 * DAY), status=TaskStatus.PAUSED, finished_at=None, result=None)
    expired, deleted = done(4, age=40 * DAY), done(5)
    keep(application.paths, [fresh, pinned, paused, expired, deleted])
    application.started()
    until(lambda: True if in_trash(application) == {expired.task_id} else None)
    assert application.ask("DELETE", f"/tasks/{deleted.task_id}")[0] == 200
    while time.passed < WEEK - DAY:
        wrong = disturb(application, time, chance)
        time.let_pass(chance.uniform(6, 20) * HOUR)
        time.let_it_look()
        assert {pinned.task_id, paused.task_id} <= listed(application)
        assert all(is_there(application, one) for one in (fresh, expired, deleted)), time.passed
        time.jump(-wrong)
        time.let_it_look()
        assert listed(application) == {fresh.task_id, pinned.task_id, paused.task_id}
        assert in_trash(application) == {expired.task_id, deleted.task_id}
    for _ in range(3):  # what passed unseen before a kill does not count
        time.let_pass(0.9 * DAY)
        time.let_it_look()
    assert not is_there(application, deleted)
    time.let_pass(22 * DAY)
    time.let_it_look()
    assert not is_there(application, expired)  # later: a clock that is far back brings it back from Trash
    assert {path.name for path in application.paths.runs.iterdir()} == {fresh.task_id, pinned.task_id, paused.task_id}
    assert in_trash(application) == {fresh.task_id}
    assert listed(application) == {pinned.task_id, paused.task_id}


def test_after_months_in_which_the_machine_was_off_there_is_a_week_to_bring_everything_back(
    application: Application, time: Time
) -> None:
    tasks = [done(number, age=number * DAY) for number in range(1, 6)]
    keep(application.paths, tasks)
    application.started()
    application.stop()
    time.jump(200 * DAY)
    application.started()
    until(lambda: True if in_trash(application) == {one.task_id for one in tasks} else None)
    time.let_pass(WEEK - 5 * HOUR)
    time.let_it_look()
    assert all(is_there(application, one) for one in tasks)
    assert application.ask("POST", f"/tasks/{tasks[0].task_id}/restore")[0] == 200
    time.let_pass(6 * HOUR)
    time.let_it_look()
    assert listed(application) == {tasks[0].task_id}
    assert in_trash(application) == set()


TEXT = " ".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(200))


def test_a_task_that_runs_is_left_alone_and_kept_from_its_end_on(application: Application, time: Time) -> None:
    request = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text=TEXT),))
    engine = application.started()
    task_id = engine.submit(request).task_id
    until(lambda: True if engine.task(task_id).status is TaskStatus.RUNNING else None)
    application.kill()
    time.jump(90 * DAY)
    engine = application.started()  # it looks at once what has expired
    ended = until(lambda: found if (found := engine.task(task_id)).finished_at else None)
    assert (ended.status, ended.trashed_at) == (TaskStatus.COMPLETED, None)
    assert ended.finished_at is not None
    assert ended.expires_at - ended.finished_at >= 30 * DAY
    assert ended.finished_at > START + 89 * DAY
    time.let_it_look()
    assert in_trash(application) == set()


def whole_or_gone(paths: Paths, one: Task) -> bool:
    """Whether the task is there with all that belongs to it; it must otherwise be gone with all but its files."""

    async def look(store: Store) -> bool:
        found = await store.find(TaskQuery(text=one.request.goal, trashed=True))
        parts = (found.tasks, await store.events(one.task_id), await store.journal(one.task_id, RunNumber(1)))
        try:
            assert await store.task(one.task_id) == one
        except UnknownTask:
            assert not any(parts)
            return False
        assert all(parts)
        assert await RunFiles(paths.runs).read(one.task_id, one.run, "artifacts/report.md")
        return True

    return with_store(paths, look)


def test_a_kill_in_the_middle_of_a_purge_leaves_each_task_whole_or_gone_and_no_folder_for_ever(
    application: Application, time: Time, chance: random.Random
) -> None:
    stay = Trashed(at=START - 9 * DAY, cause=TrashCause.RETENTION, seen=0.0)
    tasks = [done(number, age=40 * DAY, trashed=stay) for number in range(1, MANY + 1)]
    staying = done(MANY + 1)
    keep(application.paths, [*tasks, staying], SeenTime(seconds=WEEK.total_seconds(), mark=START))
    size = application.paths.database.stat().st_size
    stranger = application.paths.runs / "01J00000000000000000000999"  # of no task here: that of a restored backup, say
    stranger.mkdir()
    left = len(tasks)
    while left > 5:
        wanted = chance.randint(0, left - 1)
        application.start()
        until(lambda wanted=wanted: True if folders(application) <= wanted + 2 else None)
        application.kill()
        left = sum(whole_or_gone(application.paths, one) for one in tasks)
        assert folders(application) - 2 >= left
    application.started()
    until(lambda: True if folders(application) == 2 else None)
    assert listed(application) == {staying.task_id}
    assert in_trash(application) == set()
    assert stranger.exists()
    assert (application.paths.runs / staying.task_id).exists()
    application.stop()
    assert with_store(application.paths, lambda store: store.purged()) == ()
    assert application.paths.database.stat().st_size < size


def folders(application: Application) -> int:
    return len(list(application.paths.runs.iterdir()))
