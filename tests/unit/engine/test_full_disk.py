"""The store takes nothing more while a task runs: nothing hangs, nobody is told what is not so, and it goes on."""

import asyncio

import pytest

from desktop.engine import Change, RecordedEvent, Result, Run, StorageFailed, TaskId, TaskStatus
from desktop.engine.engine import SETTLE_SECONDS
from tests.unit.engine.conftest import DONE, World, at_once, forever

pytestmark = pytest.mark.expected_log("could not be recorded")


class Disk:
    """Fills up and is emptied at the test's word; writes that fail are counted."""

    def __init__(self, world: World) -> None:
        self.is_full = False
        self.refused = 0
        self._write = world.store.record
        world.store.record = self._record  # type: ignore[method-assign]

    async def _record(self, change: Change) -> tuple[RecordedEvent, ...]:
        if self.is_full:
            self.refused += 1
            raise StorageFailed("The disk is full. What was recorded is kept.", hint="Make room.")
        return await self._write(change)


@pytest.fixture
def disk(world: World) -> Disk:
    return Disk(world)


async def failed_task(world: World, disk: Disk) -> TaskId:
    """A task whose disk fills up while it runs for the first time."""

    async def fill(run: Run) -> Result:
        disk.is_full = not disk.refused
        return DONE

    await world.open(fill)
    task_id = await world.submit()
    await world.settle()
    return task_id


async def test_the_task_fails_with_the_reason_before_it_claims_a_result(world: World, disk: Disk) -> None:
    task_id = await failed_task(world, disk)
    task = await world.engine.task(task_id)
    assert (task.status, task.result) == (TaskStatus.FAILED, None)
    assert task.failure is not None
    assert (task.failure.type, task.failure.hint) == ("StorageFailed", "Make room.")
    assert world.updates[-1].task == task
    assert [notice.status for notice in world.notices.tasks] == [TaskStatus.FAILED]


async def test_where_the_program_ends_first_the_task_goes_on_at_the_next_start(world: World, disk: Disk) -> None:
    task_id = await failed_task(world, disk)
    await world.engine.stop()
    disk.is_full = False
    await world.open(at_once)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_the_end_is_recorded_once_there_is_room(world: World, disk: Disk) -> None:
    task_id = await failed_task(world, disk)
    refused = disk.refused
    await world.clock.advance(SETTLE_SECONDS)
    assert disk.refused > refused
    assert (await world.store.task(task_id)).status is TaskStatus.RUNNING
    disk.is_full = False
    await world.clock.advance(SETTLE_SECONDS)
    assert (await world.store.task(task_id)).status is TaskStatus.FAILED
    assert (await world.happened(task_id)).count("TaskFailed") == 1
    await world.clock.advance(3 * SETTLE_SECONDS)
    assert await world.happened(task_id) == ["TaskSubmitted", "TaskStarted", "PlanMade", "TaskFailed"]


async def test_other_tasks_go_on_once_there_is_room(world: World, disk: Disk) -> None:
    await failed_task(world, disk)
    disk.is_full = False
    await world.engine.stop()
    await world.open(at_once)
    other = await world.submit()
    await world.settle()
    assert await world.status(other) is TaskStatus.COMPLETED


async def test_a_retry_waits_for_room_and_keeps_the_run_that_failed(world: World, disk: Disk) -> None:
    task_id = await failed_task(world, disk)
    with pytest.raises(StorageFailed):
        await world.engine.retry(task_id)
    assert await world.status(task_id) is TaskStatus.FAILED
    disk.is_full = False
    assert (await world.engine.retry(task_id)).run == 2
    assert [run.status for run in await world.engine.past_runs(task_id)] == [TaskStatus.FAILED]
    await world.clock.advance(3 * SETTLE_SECONDS)
    kept = await world.store.task(task_id)
    assert (kept.run, kept.status) == (2, TaskStatus.COMPLETED)
    assert (await world.happened(task_id))[3:5] == ["TaskFailed", "TaskRetried"]


async def test_two_retries_that_wait_for_the_same_record_are_one(world: World, disk: Disk) -> None:
    task_id = await failed_task(world, disk)
    disk.is_full = False
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
    world: World, disk: Disk, act: str, status: TaskStatus, event: str
) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    disk.is_full = True
    assert (await getattr(engine, act)(task_id)).status is status
    assert (await getattr(engine, act)(task_id)).status is status
    disk.is_full = False
    await world.clock.advance(SETTLE_SECONDS)
    assert (await world.store.task(task_id)).status is status
    assert (await world.happened(task_id)).count(event) == 1


async def test_a_task_that_was_paused_without_room_is_resumed_with_its_past(world: World, disk: Disk) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    disk.is_full = True
    await engine.pause(task_id)
    with pytest.raises(StorageFailed):
        await engine.resume(task_id)
    assert await world.status(task_id) is TaskStatus.PAUSED
    disk.is_full = False
    await engine.resume(task_id)
    await world.settle()
    assert (await world.happened(task_id))[-3:] == ["TaskPaused", "TaskResumed", "TaskStarted"]


@pytest.mark.parametrize("act", ["cancel", "pause"])
async def test_a_waiting_task_that_can_not_be_taken_out_of_the_line_stays_in_it(
    world: World, disk: Disk, act: str
) -> None:
    engine = await world.open(forever, max_running=1)
    first, second = await world.submit(), await world.submit()
    await world.settle()
    disk.is_full = True
    with pytest.raises(StorageFailed):
        await getattr(engine, act)(second)
    disk.is_full = False
    await engine.cancel(first)
    await world.settle()
    assert await world.status(second) is TaskStatus.RUNNING


async def test_a_paused_task_that_can_not_be_cancelled_stays_paused(world: World, disk: Disk) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await engine.pause(task_id)
    disk.is_full = True
    with pytest.raises(StorageFailed):
        await engine.cancel(task_id)
    assert await world.status(task_id) is TaskStatus.PAUSED


async def test_closing_without_room_ends_and_leaves_the_task_to_the_next_start(world: World, disk: Disk) -> None:
    await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    disk.is_full = True
    await world.engine.stop()
    disk.is_full = False
    await world.open(at_once)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_a_defect_at_the_end_of_one_task_keeps_no_other_from_running(world: World, disk: Disk) -> None:
    async def defective(change: Change) -> tuple[RecordedEvent, ...]:
        raise ZeroDivisionError

    async def breaks(run: Run) -> Result:
        world.store.record = defective  # type: ignore[method-assign]
        return DONE

    await world.open(breaks, max_running=1)
    await world.submit()
    await world.settle()
    world.store.record = disk._record  # type: ignore[method-assign]
    second = await world.submit()
    await world.settle()
    assert "TaskStarted" in await world.happened(second)
