"""The data folder can't be written from a random moment on, in the real application: nothing is lost or done twice.

The moment comes from a seed, which names the test: the one that fails can be run again.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import apsw
import pytest

from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.api.representation import PublicTask
from desktop.engine import Input, TaskId, TaskRequest, TaskStatus
from tests.e2e.conftest import Legwork, until
from tests.e2e.small_disk import SmallDisk

pytestmark = pytest.mark.timeout(300)

TEXTS = 5
REQUEST = TaskRequest(
    kind="documents",
    goal="Summarise in one sentence",
    inputs=tuple(
        Input(name=f"ship-{number}.txt", text=f"Ship {number} crosses the sea in {number + 3} days.")
        for number in range(TEXTS)
    ),
)


@dataclass
class Scene:
    """The application on a disk of its own, and what the seed says."""

    legwork: Legwork
    disk: SmallDisk
    random: Random

    def fill_while_it_runs(self, engine: RunningEngine) -> TaskId:
        """Submit the task, and fill the disk once so many of its items are done as the seed says."""
        task_id = self.submit_and_wait(engine)
        self.disk.fill()
        return task_id

    def submit_and_wait(self, engine: RunningEngine) -> TaskId:
        """Submit the task, and wait until so many of its items are done as the seed says."""
        task_id = engine.submit(REQUEST).task_id
        wanted = self.random.randrange(TEXTS)
        until(lambda: True if items_done(engine.task(task_id)) >= wanted and is_noting(engine.task(task_id)) else None)
        return task_id

    def assert_done_once(self, task_id: TaskId) -> None:
        """The database is sound, and each item was journaled once and no other time."""
        with closing(apsw.Connection(str(self.legwork.paths.database))) as database:
            assert database.pragma("integrity_check") == "ok"
            assert list(database.execute("PRAGMA foreign_key_check")) == []
            assert list(database.execute("SELECT status FROM tasks WHERE task_id = ?", (task_id,))) == [("completed",)]
            rows = list(database.execute("SELECT step, item, number FROM journal ORDER BY number"))
            finished = list(database.execute("SELECT count(*) FROM events WHERE type = 'ItemFinished'"))
        keys = [(step, item) for step, item, _ in rows]
        assert len(keys) == len(set(keys))
        assert [number for _, _, number in rows] == list(range(1, len(rows) + 1)), "an item was journaled anew"
        assert finished == [(sum(bool(item) for _, item in keys),)]
        assert sum(step == "note" for step, _ in keys) == TEXTS


def items_done(task: PublicTask) -> int:
    return sum(step.done for step in task.progress.steps if step.name == "note")


def is_noting(task: PublicTask) -> bool:
    assert task.status in (TaskStatus.QUEUED, TaskStatus.RUNNING), task
    return any(step.name == "note" and step.status == "running" for step in task.progress.steps)


def happened(legwork: Legwork, name: str) -> int:
    with closing(apsw.Connection(str(legwork.paths.database), flags=apsw.SQLITE_OPEN_READONLY)) as database:
        return next(iter(database.execute("SELECT count(*) FROM events WHERE type = ?", (name,))))[0]


@pytest.fixture(params=[3, 14])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    legwork = Legwork(tmp_path)
    disk = SmallDisk(legwork.paths.data)
    yield Scene(legwork, disk, Random(request.param))  # noqa: S311 - a moment, no secret
    legwork.close()
    disk.close()


def paused(engine: RunningEngine, task_id: TaskId) -> PublicTask:
    return until(lambda: found if (found := engine.task(task_id)).status is TaskStatus.PAUSED else None)


def test_a_task_waits_for_room_and_goes_on_by_itself(scene: Scene) -> None:
    serving, engine = scene.legwork.serve()
    task_id = scene.fill_while_it_runs(engine)
    held = paused(engine, task_id)
    assert f"The disk with {scene.legwork.paths.data}" in held.hold
    full = until(lambda: next((notice for notice in engine.notices() if notice.key == "storage-blocked"), None))
    assert f"{scene.legwork.paths.data} is full: 0 MB are free, 17 MB are needed." in full.message
    assert "go on by themselves" in full.hint
    assert str(full) in scene.legwork("list")[2]
    with pytest.raises(Refused, match="is full; nothing was started") as refused:
        engine.submit(REQUEST)
    assert (refused.value.status, bool(refused.value.hint)) == (507, True)
    scene.disk.make_room()
    until(lambda: True if engine.task(task_id).status is TaskStatus.COMPLETED else None)
    assert "storage-blocked" not in [notice.key for notice in engine.notices()]
    assert (happened(scene.legwork, "TaskPaused"), happened(scene.legwork, "TaskResumed")) == (1, 1)
    assert serving.end()[0] == 0
    scene.assert_done_once(task_id)


def test_a_task_of_an_application_that_was_killed_meanwhile_goes_on_at_the_next_start(scene: Scene) -> None:
    serving, engine = scene.legwork.serve()
    task_id = scene.fill_while_it_runs(engine)
    paused(engine, task_id)
    serving.process.kill()
    serving.wait()
    code, _, err = scene.legwork("serve")
    assert (code, "is full" in err, "Traceback" in err) == (1, True, False)
    scene.disk.make_room()
    serving, engine = scene.legwork.serve()
    until(lambda: True if engine.task(task_id).status is TaskStatus.COMPLETED else None)
    assert happened(scene.legwork, "Interrupted") == 1
    assert serving.end()[0] == 0
    scene.assert_done_once(task_id)


def test_a_task_that_a_person_paused_stays_paused(scene: Scene) -> None:
    serving, engine = scene.legwork.serve()
    other = engine.submit(REQUEST).task_id
    engine.pause(other)
    task_id = scene.fill_while_it_runs(engine)
    paused(engine, task_id)
    assert engine.task(other).hold == ""
    scene.disk.make_room()
    until(lambda: True if engine.task(task_id).status is TaskStatus.COMPLETED else None)
    assert engine.task(other).status is TaskStatus.PAUSED
    assert serving.end()[0] == 0


def test_a_task_waits_while_another_program_holds_the_database(scene: Scene) -> None:
    serving, engine = scene.legwork.serve()
    task_id = scene.submit_and_wait(engine)
    with closing(apsw.Connection(str(scene.legwork.paths.database))) as other:
        other.set_busy_timeout(60_000)
        other.execute("BEGIN IMMEDIATE")
        assert paused(engine, task_id).hold.startswith("Another program holds the database")
        other.execute("ROLLBACK")
    until(lambda: True if engine.task(task_id).status is TaskStatus.COMPLETED else None)
    assert engine.notices() == () or all(notice.key == "storage-low" for notice in engine.notices())
    assert serving.end()[0] == 0
    scene.assert_done_once(task_id)
