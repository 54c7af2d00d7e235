"""The store is broken while a task runs: nothing hangs, nobody is told what is not so, and it goes on when mended."""

import asyncio

import pytest

from desktop.engine import Change, RecordedEvent, Result, Run, StorageFailed, TaskId, TaskStatus
from desktop.engine.live_task import SETTLE_SECONDS
from tests.unit.engine.conftest import DONE, World, at_once, forever

pytestmark = pytest.mark.expected_log("could not be recorded")


class Database:
    """Breaks and is mended at the test's word; writes that fail are counted."""

    def __init__(self, world: World) -> None:
        self.is_broken = False
        self.refused = 0
        self._write = world.store.record
        world.store.record = self._record  # type: ignore[method-assign]

    async def _record(self, change: Change) -> tuple[RecordedEvent, ...]:
        if self.is_broken:
            self.refused += 1
            raise StorageFailed("The database is damaged.", hint="Put a backup in its place.")
        return await self._write(change)


@pytest.fixture
def database(world: World) -> Database:
    return Database(world)


async def failed_task(world: World, database: Database) -> TaskId:
    """A task whose database breaks while it runs for the first time."""

    async def spoil(run: Run) -> Result:
        database.is_broken = not database.refused
        return DONE

    await world.open(spoil)
    task_id = await world.submit()
    await world.settle()
    return task_id


async def test_the_task_fails_with_the_reason_before_it_claims_a_result(world: World, database: Database) -> None:
    task_id = await failed_task(world, database)
    task = await world.engine.task(task_id)
    assert (task.status, task.result) == (TaskStatus.FAILED, None)
    assert task.failure is not None
    assert (task.failure.type, task.failure.hint) == ("StorageFailed", "Put a backup in its place.")
    assert world.updates[-1].task == task
    assert [notice.status for notice in world.notices.tasks] == [TaskStatus.FAILED]


async def test_where_the_program_ends_first_the_task_goes_on_later(world: World, database: Database) -> None:
    task_id = await failed_task(world, database)
    await world.engine.stop()
    database.is_broken = False
    await world.open(at_once)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_the_end_is_recorded_once_it_is_mended(world: World, database: Database) -> None:
    task_id = await failed_task(world, database)
    refused = database.refused
    await world.clock.advance(SETTLE_SECONDS)
    assert database.refused > refused
    assert (await world.store.task(task_id)).status is TaskStatus.RUNNING
    database.is_broken = False
    await world.clock.advance(SETTLE_SECONDS)
    assert (await world.store.task(task_id)).status is TaskStatus.FAILED
    assert (await world.happened(task_id)).count("TaskFailed") == 1
    await world.clock.advance(3 * SETTLE_SECONDS)
    assert await world.happened(task_id) == ["TaskSubmitted", "TaskStarted", "PlanMade", "TaskFailed"]


async def test_other_tasks_go_on_once_it_is_mended(world: World, database: Database) -> None:
    await failed_task(world, database)
    database.is_broken = False
    await world.engine.stop()
    await world.open(at_once)
    other = await world.submit()
    await world.settle()
    assert await world.status(other) is TaskStatus.COMPLETED


async def test_a_retry_waits_for_the_mending_and_keeps_the_run_that_failed(world: World, database: Database) -> None:
    task_id = await failed_task(world, database)
    with pytest.raises(StorageFailed):
        await world.engine.retry(task_id)
    assert await world.status(task_id) is TaskStatus.FAILED
    database.is_broken = False
    assert (await world.engine.retry(task_id)).run == 2
    assert [run.status for run in await world.engine.past_runs(task_id)] == [TaskStatus.FAILED]
    await world.clock.advance(3 * SETTLE_SECONDS)
    kept = await world.store.task(task_id)
    assert (kept.run, kept.status) == (2, TaskStatus.COMPLETED)
    assert (await world.happened(task_id))[3:5] == ["TaskFailed", "TaskRetried"]


async def test_two_retries_that_wait_for_the_same_record_are_one(world: World, database: Database) -> None:
    task_id = await failed_task(world, database)
    database.is_broken = False
    first, second = await asyncio.gather(world.engine.retry(task_id), world.engine.retry(task_id))
    await world.settle()
    assert first.run == second.run == 2
    assert (await world.happened(task_id)).count("TaskRetried") == 1
    assert (await world.happened(task_id)).count("TaskFailed") == 1


@pytest.mark.parametrize(
    ("act", "status", "event"),
    [("cancel", TaskStatus.CANCELLED, "TaskCancelled"), ("pause", TaskStatus.PAUSED, "TaskPaused")],
)
async def test_a_running_task_is_stopped_all_the_same(
    world: World, database: Database, act: str, status: TaskStatus, event: str
) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    database.is_broken = True
    assert (await getattr(engine, act)(task_id)).status is status
    assert (await getattr(engine, act)(task_id)).status is status
    database.is_broken = False
    await world.clock.advance(SETTLE_SECONDS)
    assert (await world.store.task(task_id)).status is status
    assert (await world.happened(task_id)).count(event) == 1


async def test_a_task_that_was_paused_meanwhile_is_resumed_with_its_past(world: World, database: Database) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    database.is_broken = True
    await engine.pause(task_id)
    with pytest.raises(StorageFailed):
        await engine.resume(task_id)
    assert await world.status(task_id) is TaskStatus.PAUSED
    database.is_broken = False
    await engine.resume(task_id)
    await world.settle()
    assert (await world.happened(task_id))[-3:] == ["TaskPaused", "TaskResumed", "TaskStarted"]


@pytest.mark.parametrize("act", ["cancel", "pause"])
async def test_a_waiting_task_that_can_not_be_taken_out_of_the_line_stays_in_it(
    world: World, database: Database, act: str
) -> None:
    engine = await world.open(forever, max_running=1)
    first, second = await world.submit(), await world.submit()
    await world.settle()
    database.is_broken = True
    with pytest.raises(StorageFailed):
        await getattr(engine, act)(second)
    database.is_broken = False
    await engine.cancel(first)
    await world.settle()
    assert await world.status(second) is TaskStatus.RUNNING


async def test_a_paused_task_that_can_not_be_cancelled_stays_paused(world: World, database: Database) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await engine.pause(task_id)
    database.is_broken = True
    with pytest.raises(StorageFailed):
        await engine.cancel(task_id)
    assert await world.status(task_id) is TaskStatus.PAUSED


async def test_closing_meanwhile_ends_and_leaves_the_task_to_the_next_start(world: World, database: Database) -> None:
    await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    database.is_broken = True
    await world.engine.stop()
    database.is_broken = False
    await world.open(at_once)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_a_defect_at_the_end_of_one_task_keeps_no_other_from_running(world: World, database: Database) -> None:
    async def defective(change: Change) -> tuple[RecordedEvent, ...]:
        raise ZeroDivisionError

    async def breaks(run: Run) -> Result:
        world.store.record = defective  # type: ignore[method-assign]
        return DONE

    await world.open(breaks, max_running=1)
    await world.submit()
    await world.settle()
    world.store.record = database._record  # type: ignore[method-assign]
    second = await world.submit()
    await world.settle()
    assert "TaskStarted" in await world.happened(second)
