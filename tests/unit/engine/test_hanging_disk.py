"""A write does not return: everything else goes on, nothing is written twice, and the end is within a limit."""

import asyncio

import pytest

from desktop.engine import (
    Delivery,
    DeliveryQuery,
    DeliveryStatus,
    Result,
    Run,
    StorageFailed,
    TaskId,
    TaskQuery,
    TaskStatus,
    Webhook,
)
from desktop.engine.storage_watch import SILENT_SECONDS, WATCH_SECONDS
from tests.unit.engine.conftest import DONE, World, at_once, forever
from tests.unit.engine.disk import Disk

pytestmark = pytest.mark.expected_log("could not be recorded")


@pytest.fixture
def disk(world: World) -> Disk:
    return Disk(world)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the disk takes no time here."""
    monkeypatch.setattr("desktop.engine.live_task.END_SECONDS", 0.0)
    monkeypatch.setattr("desktop.engine.scheduler.CLOSE_SECONDS", 0.01)


async def long_silence(world: World) -> None:
    for _ in range(int(SILENT_SECONDS // WATCH_SECONDS) + 1):
        await world.clock.advance(WATCH_SECONDS)


async def hanging_task(world: World, disk: Disk) -> TaskId:
    """A task whose item is done, and whose write does not return."""

    hangs = iter([True])

    async def do(item: int) -> int:
        if next(hangs, False):
            disk.answers.clear()
        return item

    async def script(run: Run) -> Result:
        await run.map("items", [1], do, width=1)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    return task_id


async def test_the_person_is_told_and_the_task_goes_on_once_the_disk_answers(world: World, disk: Disk) -> None:
    task_id = await hanging_task(world, disk)
    assert await world.status(task_id) is TaskStatus.RUNNING
    await long_silence(world)
    task = await world.engine.task(task_id)
    (notice,) = world.engine.notices()
    assert (task.status, task.hold) == (TaskStatus.PAUSED, notice.message)
    assert "does not answer: one change waits" in notice.message
    disk.answers.set()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert world.engine.notices() == ()
    assert (await world.happened(task_id)).count("ItemFinished") == 1
    assert "TaskPaused" not in await world.happened(task_id)


async def test_reading_goes_on_meanwhile(world: World, disk: Disk) -> None:
    task_id = await hanging_task(world, disk)
    await long_silence(world)
    page = await world.engine.find(TaskQuery(text="fetch"))
    assert [task.task_id for task in page.tasks] == [task_id]
    assert await world.engine.events(task_id)
    assert sum((await world.engine.counts()).values()) == 1


@pytest.mark.parametrize(
    ("act", "status", "event"),
    [("cancel", TaskStatus.CANCELLED, "TaskCancelled"), ("pause", TaskStatus.PAUSED, "TaskPaused")],
)
async def test_a_task_is_stopped_all_the_same_and_that_is_recorded_later(
    world: World, disk: Disk, act: str, status: TaskStatus, event: str
) -> None:
    task_id = await hanging_task(world, disk)
    await long_silence(world)
    stopped = await getattr(world.engine, act)(task_id)
    assert (stopped.status, stopped.hold) == (status, "")
    await long_silence(world)
    assert (await world.engine.task(task_id)).hold == ""
    disk.answers.set()
    await world.settle()
    assert (await world.store.task(task_id)).status is status
    assert (await world.happened(task_id))[-2:] == ["ItemFinished", event]


async def test_nothing_new_is_started_before_it_answers(world: World, disk: Disk) -> None:
    await hanging_task(world, disk)
    await long_silence(world)
    submitting = asyncio.create_task(world.submit())
    await world.settle()
    assert not submitting.done()
    disk.answers.set()
    await world.settle()
    assert await world.status(await submitting) is TaskStatus.COMPLETED


async def test_a_submission_that_is_given_up_never_runs(world: World, disk: Disk) -> None:
    engine = await world.open(forever)
    disk.answers.clear()
    submitting = asyncio.create_task(world.submit())
    await long_silence(world)
    assert "one change waits" in engine.notices()[0].message
    submitting.cancel()
    await asyncio.wait([submitting])
    disk.answers.set()
    await world.settle()
    page = await engine.find(TaskQuery())
    assert [task.status for task in page.tasks] == [TaskStatus.CANCELLED]
    assert await world.happened(page.tasks[0].task_id) == ["TaskSubmitted", "TaskCancelled"]
    assert engine._scheduler.running == engine._scheduler.next_in_line(1) == []


async def test_a_submission_that_is_given_up_and_refused_leaves_nothing(world: World, disk: Disk) -> None:
    engine = await world.open(forever)
    disk.answers.clear()
    submitting = asyncio.create_task(world.submit())
    await world.settle()
    submitting.cancel()
    await asyncio.wait([submitting])
    disk.obstacle = StorageFailed("The database is damaged.", hint="Put a backup in its place.")
    disk.answers.set()
    await world.settle()
    assert (await engine.find(TaskQuery())).tasks == ()


async def test_closing_ends_all_the_same_and_the_task_goes_on_at_the_next_start(world: World, disk: Disk) -> None:
    task_id = await hanging_task(world, disk)
    await world.engine.stop()
    assert (await world.store.task(task_id)).status is TaskStatus.RUNNING
    disk.answers.set()
    await world.open(at_once)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_closing_ends_also_where_the_result_itself_hangs(world: World, disk: Disk) -> None:
    async def script(run: Run) -> Result:
        disk.answers.clear()
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await long_silence(world)
    assert await world.status(task_id) is TaskStatus.PAUSED
    await world.engine.stop()
    assert (await world.store.task(task_id)).status is TaskStatus.RUNNING
    disk.answers.set()
    await world.settle()
    assert (await world.store.task(task_id)).status is TaskStatus.COMPLETED


async def test_closing_ends_also_where_deliveries_hang(
    world: World, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object, **__: object) -> tuple[Delivery, ...]:
        await asyncio.Event().wait()
        return ()

    async def stop_the_disk(_: Delivery) -> None:
        disk.answers.clear()

    monkeypatch.setattr("desktop.engine.outbox.LAST_LOOK_SECONDS", 0.01)
    world.ears.answers.append(stop_the_disk)
    await world.open(forever)
    await world.submit(webhook=Webhook(url="https://example.com/hook", secrets=("whsec_1",)))
    await world.settle()
    world.engine.outbox._grace_seconds = 0.0
    with monkeypatch.context() as patched:
        patched.setattr(world.store, "waiting_deliveries", hang)
        await world.engine.stop()
    disk.answers.set()
    assert (await world.store.deliveries(DeliveryQuery())).deliveries[0].status is DeliveryStatus.PENDING
    await world.open(at_once)
    await world.settle()
    assert len({each.delivery_id for each in world.ears.heard}) < len(world.ears.heard)  # the first one once more
