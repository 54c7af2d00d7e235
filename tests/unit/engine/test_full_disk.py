"""The disk fills up while tasks run: they wait with what they have, and go on by themselves when there is room."""

import asyncio

import pytest

from desktop.engine import (
    RESERVED_BYTES,
    Delivery,
    DeliveryQuery,
    DeliveryStatus,
    DiskFull,
    Occasion,
    Result,
    Run,
    StorageBlocked,
    StorageFailed,
    TaskId,
    TaskQuery,
    TaskStatus,
    Webhook,
)
from desktop.engine.posting import PROGRESS_SECONDS
from desktop.engine.storage_watch import ENOUGH_BYTES, LOW_BYTES, RETRY_DELAYS, WATCH_SECONDS
from tests.unit.engine.conftest import DONE, World, at_once, forever
from tests.unit.engine.disk import Disk

pytestmark = pytest.mark.expected_log("work is held", "could not be recorded")

PAUSED = frozenset({TaskStatus.PAUSED})
RUNNING = frozenset({TaskStatus.RUNNING})
BUSY = StorageBlocked("Another program holds the database.", hint="End it.")


@pytest.fixture
def disk(world: World) -> Disk:
    return Disk(world)


class Items:
    """An errand of items, of which some fill the disk; each remembers that it was done."""

    def __init__(self, disk: Disk, *filling: int, count: int = 4) -> None:
        self.disk = disk
        self.filling = set(filling)
        self.count = count
        self.done: list[int] = []

    async def __call__(self, run: Run) -> Result:
        await run.map("items", list(range(self.count)), self._do, width=2)
        return DONE

    async def _do(self, item: int) -> int:
        self.done.append(item)
        if item in self.filling:
            self.filling.remove(item)
            self.disk.fill()
        return item


async def held_task(world: World, disk: Disk, items: Items) -> TaskId:
    """A task that waits for room."""
    await world.open(items)
    task_id = await world.submit()
    await world.settle()
    assert disk.refused
    return task_id


async def test_a_task_waits_for_room_and_says_so(world: World, disk: Disk) -> None:
    task_id = await held_task(world, disk, Items(disk, 1))
    task = await world.engine.task(task_id)
    assert (task.status, task.failure) == (TaskStatus.PAUSED, None)
    assert "full" in task.hold
    (notice,) = world.engine.notices()
    assert "/data is full: 0 MB are free, 17 MB are needed" in notice.message
    assert "go on by themselves" in notice.hint
    assert (await world.engine.counts())[TaskStatus.PAUSED] == 1
    assert (await world.engine.counts())[TaskStatus.RUNNING] == 0


async def test_it_goes_on_by_itself_and_does_nothing_twice(world: World, disk: Disk) -> None:
    items = Items(disk, 1)
    task_id = await held_task(world, disk, items)
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert sorted(items.done) == [0, 1, 2, 3]
    assert world.engine.notices() == ()
    happened = await world.happened(task_id)
    assert happened.count("TaskPaused") == happened.count("TaskResumed") == 1
    assert happened.index("TaskPaused") < happened.index("TaskResumed") < happened.index("TaskCompleted")
    assert happened.count("ItemFinished") == 4
    events = [each.event for each in await world.engine.events(task_id)]
    assert all("full" in event.reason for event in events if type(event).__name__ in ("TaskPaused", "TaskResumed"))  # type: ignore[union-attr]


async def test_it_does_not_try_before_there_is_enough_room(world: World, disk: Disk) -> None:
    task_id = await held_task(world, disk, Items(disk, 1))
    refused = disk.refused
    world.space.room = RESERVED_BYTES - 1
    await world.clock.advance(WATCH_SECONDS)
    assert disk.refused == refused
    assert f"{RESERVED_BYTES / 1e6:.0f} MB are free" in world.engine.notices()[0].message
    disk.make_room(RESERVED_BYTES)
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_what_a_file_needs_is_added_to_what_has_to_be_free(world: World, disk: Disk) -> None:
    async def write(run: Run) -> Result:
        if not disk.refused:
            disk.fill(needed=10**8)
        await run.write_artifact("report.md", "text/markdown", b"wide")
        return DONE

    await world.open(write)
    task_id = await world.submit()
    await world.settle()
    disk.make_room(10**8)
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.PAUSED
    assert "117 MB are needed" in world.engine.notices()[0].message
    disk.make_room(10**8 + RESERVED_BYTES)
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_room_that_a_quota_withholds_is_tried_by_one_write_at_a_time(world: World, disk: Disk) -> None:
    task_id = await held_task(world, disk, Items(disk, 0, count=8))
    world.space.room = 10**12
    for _ in range(3):
        refused = disk.refused
        await world.clock.advance(WATCH_SECONDS)
        assert disk.refused == refused + 1
        assert await world.status(task_id) is TaskStatus.PAUSED
        assert "quota" in world.engine.notices()[0].message
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert (await world.happened(task_id)).count("TaskPaused") == 1


async def test_a_result_that_can_not_be_kept_yet_is_kept_later(world: World, disk: Disk) -> None:
    async def script(run: Run) -> Result:
        disk.fill()
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    task = await world.engine.task(task_id)
    assert (task.status, task.result) == (TaskStatus.PAUSED, None)
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    assert (await world.store.task(task_id)).result == DONE
    assert (await world.happened(task_id))[-2:] == ["TaskPaused", "TaskCompleted"]
    assert [notice.status for notice in world.notices.tasks] == [TaskStatus.COMPLETED]


async def test_tasks_that_a_person_paused_stay_paused(world: World, disk: Disk) -> None:
    items = Items(disk, 1)
    engine = await world.open(items, max_running=1)
    task_id, other = await world.submit(), await world.submit()
    await engine.pause(other)
    await world.settle()
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert await world.status(other) is TaskStatus.PAUSED
    assert (await engine.task(other)).hold == ""


async def test_nothing_is_started_meanwhile_and_the_line_goes_on_afterwards(world: World, disk: Disk) -> None:
    engine = await world.open(forever, max_running=2)
    first = await world.submit()
    await world.settle()
    waiting = [await world.submit(), await world.submit()]
    await engine.cancel(first)
    await world.settle()
    engine._agents["errand"].script = Items(disk, 0)  # type: ignore[attr-defined]
    fills = await world.submit()
    await world.settle()
    assert await world.status(fills) is TaskStatus.QUEUED
    await engine.cancel(waiting[0])
    await world.settle()
    late = await world.status(waiting[1])
    assert late is TaskStatus.RUNNING
    assert (await engine.task(fills)).status is TaskStatus.PAUSED


async def test_new_tasks_are_refused_while_there_is_no_room(world: World, disk: Disk) -> None:
    await held_task(world, disk, Items(disk, 1))
    disk.obstacle = None  # a small write might find a place by chance
    with pytest.raises(DiskFull, match="nothing was started") as refused:
        await world.submit()
    assert refused.value.hint
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    await world.submit()


async def test_a_person_may_pause_or_cancel_what_waits_for_room(world: World, disk: Disk) -> None:
    engine = await world.open(Items(disk, 1), max_running=2)
    paused = await world.submit()
    await world.settle()
    assert (await engine.pause(paused)).hold == ""
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(paused) is TaskStatus.PAUSED
    assert (await world.store.task(paused)).status is TaskStatus.PAUSED
    assert world.engine.notices() == ()
    assert (await engine.resume(paused)).status in (TaskStatus.QUEUED, TaskStatus.RUNNING)
    await world.settle()
    assert await world.status(paused) is TaskStatus.COMPLETED


async def test_a_cancel_while_the_last_write_waits_ends_the_task(world: World, disk: Disk) -> None:
    async def script(run: Run) -> Result:
        disk.fill()
        return DONE

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert (await engine.cancel(task_id)).status is TaskStatus.CANCELLED
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    assert (await world.store.task(task_id)).status is TaskStatus.CANCELLED
    assert (await world.happened(task_id))[-2:] == ["TaskPaused", "TaskCancelled"]


async def test_a_person_who_resumes_has_it_tried_at_once(world: World, disk: Disk) -> None:
    task_id = await held_task(world, disk, Items(disk, 1))
    disk.make_room()
    await world.engine.resume(task_id)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_where_the_program_ends_first_it_goes_on_at_the_next_start(world: World, disk: Disk) -> None:
    items = Items(disk, 1)
    task_id = await held_task(world, disk, items)
    await world.engine.stop()
    disk.make_room()
    done_before = len(items.done)
    await world.open(items)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert len(items.done) <= done_before + 4
    assert "Interrupted" in await world.happened(task_id)


async def test_the_time_that_it_waits_counts_for_no_step(world: World, disk: Disk) -> None:
    task_id = await held_task(world, disk, Items(disk, 1))
    await world.clock.advance(3600)
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    task = await world.engine.task(task_id)
    assert sum(step.seconds for step in task.progress.steps) < 60


async def test_lists_show_what_waits_among_the_paused_tasks(world: World, disk: Disk) -> None:
    task_id = await held_task(world, disk, Items(disk, 1))
    engine = world.engine

    async def listed(**query: object) -> list[TaskId]:
        page = await engine.find(TaskQuery(**query))  # type: ignore[arg-type]
        return [task.task_id for task in page.tasks]

    assert await listed(statuses=PAUSED) == [task_id]
    assert await listed(statuses=RUNNING) == []
    assert await listed() == [task_id]
    assert await listed(statuses=PAUSED, kind="other") == []
    assert await listed(statuses=PAUSED, text="nothing") == []
    assert await listed(statuses=PAUSED, cursor=task_id) == []


async def test_little_room_is_told_before_it_is_too_late(world: World) -> None:
    await world.open(at_once)
    await world.settle()
    world.space.room = LOW_BYTES - 1
    await world.clock.advance(WATCH_SECONDS)
    (low,) = world.engine.notices()
    assert "nearly full: 500 MB are free" in low.message
    world.space.room = ENOUGH_BYTES
    await world.clock.advance(WATCH_SECONDS)
    assert len(world.engine.notices()) == 1
    world.space.room = ENOUGH_BYTES + 1
    await world.clock.advance(WATCH_SECONDS)
    assert world.engine.notices() == ()
    world.space.room = None
    await world.clock.advance(WATCH_SECONDS)
    assert world.engine.notices() == ()


async def test_an_obstacle_that_passes_in_a_moment_is_not_even_mentioned(world: World, disk: Disk) -> None:
    await world.open(at_once)
    disk_was_busy = asyncio.Event()

    async def script(run: Run) -> Result:
        disk.obstacle = BUSY
        disk_was_busy.set()
        await run.show_draft("so far")
        return DONE

    world.engine._agents["errand"].script = script  # type: ignore[attr-defined]
    task_id = await world.submit()
    await world.settle()
    assert (disk_was_busy.is_set(), await world.status(task_id)) == (True, TaskStatus.RUNNING)
    disk.obstacle = None
    await world.clock.advance(RETRY_DELAYS[0])
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert "TaskPaused" not in await world.happened(task_id)


async def test_a_busy_database_pauses_tasks_until_it_is_free(world: World, disk: Disk) -> None:
    async def script(run: Run) -> Result:
        disk.obstacle = disk.obstacle if disk.refused else BUSY
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    for delay in RETRY_DELAYS:
        await world.clock.advance(delay)
    assert await world.status(task_id) is TaskStatus.PAUSED
    (notice,) = world.engine.notices()
    assert notice.message.startswith("Another program holds the database.")
    assert "End it." in notice.hint
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.PAUSED
    disk.obstacle = None
    await world.clock.advance(WATCH_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert world.engine.notices() == ()


async def test_what_will_not_pass_fails_the_task_still(world: World, disk: Disk) -> None:
    async def script(run: Run) -> Result:
        disk.obstacle = StorageFailed("The database is damaged.", hint="Put a backup in its place.")
        await run.write_artifact("report.md", "text/markdown", b"wide")
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.FAILED
    disk.obstacle = None


async def test_what_there_is_to_tell_waits_with_the_task_and_is_told_once(world: World, disk: Disk) -> None:
    items = Items(disk, 1)
    await world.open(items)
    await world.submit(webhook=Webhook(url="https://example.com/hook", events=tuple(Occasion), secrets=("whsec_1",)))
    await world.settle()
    await world.clock.advance(PROGRESS_SECONDS)
    assert [each.bulletin.occasion for each in world.ears.tried] == [Occasion.STARTED]
    disk.make_room()
    await world.clock.run_for(PROGRESS_SECONDS)
    told = [each.bulletin.occasion for each in world.ears.tried]
    assert (told[:2], told[-1]) == ([Occasion.STARTED, Occasion.PROGRESS], Occasion.COMPLETED)
    assert len({each.delivery_id for each in world.ears.tried}) == len(told)


async def test_what_was_told_when_the_disk_filled_up_is_not_told_again(world: World, disk: Disk) -> None:
    async def fill(_: Delivery) -> None:
        disk.fill()

    world.ears.answers.append(fill)
    await world.open(at_once)
    await world.submit(webhook=Webhook(url="https://example.com/hook", secrets=("whsec_1",)))
    await world.settle()
    await world.clock.run_for(60.0)
    assert [each.bulletin.occasion for each in world.ears.tried] == [Occasion.STARTED]
    disk.make_room()
    await world.clock.run_for(60.0)
    assert [each.bulletin.occasion for each in world.ears.tried] == [Occasion.STARTED, Occasion.COMPLETED]
    found = (await world.engine.outbox.find(DeliveryQuery())).deliveries
    assert {(each.status, each.attempts) for each in found} == {(DeliveryStatus.DELIVERED, 1)}
