"""Who waits for the data folder, who tries it, and who is told, in the moments that are hard to hit from outside."""

import asyncio

import pytest

from desktop.engine import Change, DiskFull, NoticeBoard, Result, Run, StorageBlocked, TaskStatus
from desktop.engine.live_task import LiveTask
from desktop.engine.runner import Stop
from desktop.engine.storage_watch import RETRY_DELAYS, SILENT_SECONDS, WATCH_SECONDS, StorageWatch
from tests.fakes.engine_double import make_task
from tests.fakes.fake_clock import FakeClock
from tests.fakes.memory_space import MemorySpace
from tests.fakes.memory_store import MemoryStore
from tests.unit.engine.conftest import DONE, World, forever
from tests.unit.engine.disk import Disk

pytestmark = pytest.mark.expected_log("work is held", "could not be recorded")
FULL = DiskFull("The disk is full.", hint="Make room.", folder="/data")


class Scene:
    """A watch alone, with tasks that have no engine."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.board = NoticeBoard()
        self.cleared = 0
        self.watch = StorageWatch(
            space=MemorySpace(), clock=self.clock, board=self.board, on_clear=lambda: setattr(self, "cleared", 1)
        )

    async def live(self, number: int) -> LiveTask:
        task, store = make_task(number, status=TaskStatus.RUNNING), MemoryStore()
        await store.add(Change(task=task))
        return LiveTask(task, store, self.clock, lambda _update: None)


async def refuse() -> None:
    raise FULL


async def test_a_task_that_hangs_while_others_have_no_room_is_held_until_both_have_passed() -> None:
    scene, go_on = Scene(), asyncio.Event()
    hanging, full = await scene.live(1), await scene.live(2)

    async def hang() -> None:
        await go_on.wait()

    writing = asyncio.create_task(scene.watch.timed(hang, hanging))
    await asyncio.sleep(0)
    await scene.clock.advance(SILENT_SECONDS)
    await scene.watch.look()
    waiting = asyncio.create_task(scene.watch.insist(full, refuse))
    await scene.clock.pass_on()
    assert hanging.shown.hold
    assert full.shown.hold
    go_on.set()
    await writing
    assert hanging.shown.hold
    assert [notice.key for notice in scene.board.notices()] == ["storage-blocked"]
    waiting.cancel()
    await asyncio.wait([waiting])
    await scene.watch.look()
    assert not hanging.shown.hold
    assert (scene.board.notices(), scene.watch.blocks) == ((), False)


async def test_who_is_stopped_when_it_might_try_leaves_the_turn_to_the_next() -> None:
    scene = Scene()
    tries: list[int] = []

    async def write(number: int) -> int:
        tries.append(number)
        if len(tries) <= 2:
            raise FULL
        return number

    first = asyncio.create_task(scene.watch.insist(await scene.live(1), lambda: write(1)))
    await scene.clock.pass_on()
    second = asyncio.create_task(scene.watch.insist(await scene.live(2), lambda: write(2)))
    await scene.clock.pass_on()
    assert tries == [1]
    await scene.watch.look()
    first.cancel()
    await scene.clock.pass_on()
    await scene.watch.look()
    await scene.clock.pass_on()
    assert tries == [1, 2]
    await scene.watch.look()
    assert await second == 2


async def test_nobody_who_was_stopped_in_the_same_moment_is_woken() -> None:
    scene = Scene()
    waiting = asyncio.create_task(scene.watch.insist(await scene.live(1), refuse))
    await scene.clock.pass_on()
    waiting.cancel()
    await scene.watch.look()
    assert (scene.watch.blocks, scene.cleared) == (False, 1)
    await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_while_one_tries_no_other_does() -> None:
    scene, go_on = Scene(), asyncio.Event()
    tries = 0

    async def write() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise FULL
        await go_on.wait()

    both = [asyncio.create_task(scene.watch.insist(await scene.live(number), write)) for number in (1, 2)]
    await scene.clock.pass_on()
    for _ in range(3):
        await scene.watch.look()
        await scene.clock.pass_on()
    assert tries == 2
    go_on.set()
    await asyncio.gather(*both)
    assert tries == 3


async def test_a_cancel_that_comes_with_a_last_write_that_finds_no_room_is_in_time(world: World) -> None:
    disk = Disk(world)

    async def script(run: Run) -> Result:
        disk.answers.clear()
        return DONE

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    cancelling = asyncio.create_task(engine._scheduler.stop(task_id, Stop.CANCEL))
    await world.settle()
    disk.fill()
    disk.answers.set()
    await cancelling
    assert await world.status(task_id) is TaskStatus.CANCELLED
    disk.make_room()
    await world.clock.advance(WATCH_SECONDS)
    assert (await world.store.task(task_id)).status is TaskStatus.CANCELLED


async def test_a_start_that_fails_after_the_task_was_cancelled_does_not_bring_it_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.engine.live_task.END_SECONDS", 0.0)
    disk = Disk(world)
    engine = await world.open(forever, max_running=1)
    first, second = await world.submit(), await world.submit()
    await world.settle()
    write = world.store.record

    async def hang_at_start(change):  # type: ignore[no-untyped-def]
        if change.task.status is TaskStatus.RUNNING and change.task.task_id == second:
            disk.answers.clear()
        return await write(change)

    world.store.record = hang_at_start  # type: ignore[method-assign]
    await engine.cancel(first)
    await world.settle()
    await engine.cancel(second)
    disk.obstacle = StorageBlocked("The disk reports an error.", hint="Check it.")
    disk.answers.set()
    await world.settle()
    assert await world.status(second) is TaskStatus.CANCELLED
    disk.obstacle = None
    for _ in RETRY_DELAYS:
        await world.clock.advance(WATCH_SECONDS)
    assert (await world.store.task(second)).status is TaskStatus.CANCELLED


async def test_a_line_in_which_writes_return_is_slow_but_no_silent_disk() -> None:
    scene, go_on = Scene(), asyncio.Event()
    live = await scene.live(1)

    async def hang() -> None:
        await go_on.wait()

    async def back() -> None:
        return None

    waiting = asyncio.create_task(scene.watch.timed(hang, live))
    await asyncio.sleep(0)
    for _ in range(3):
        await scene.clock.advance(SILENT_SECONDS - 1)
        await scene.watch.timed(back)
        await scene.watch.look()
        assert scene.board.notices() == ()
    await scene.clock.advance(SILENT_SECONDS)
    await scene.watch.look()
    assert [notice.key for notice in scene.board.notices()] == ["storage-silent"]
    await scene.watch.timed(back)
    await scene.watch.look()
    assert (scene.board.notices(), live.shown.hold) == ((), "")
    go_on.set()
    await waiting


async def test_a_file_that_hangs_is_told_though_the_database_answers() -> None:
    scene, go_on = Scene(), asyncio.Event()
    live = await scene.live(1)

    async def hang() -> None:
        await go_on.wait()

    async def back() -> None:
        return None

    waiting = asyncio.create_task(scene.watch.timed(hang, live, in_line=False))
    await asyncio.sleep(0)
    await scene.clock.advance(SILENT_SECONDS)
    await scene.watch.timed(back)
    await scene.watch.look()
    assert live.shown.hold
    go_on.set()
    await waiting
    await scene.clock.pass_on()
    assert (scene.board.notices(), live.shown.hold) == ((), "")


async def test_failures_of_many_writes_in_line_add_up() -> None:
    scene = Scene()

    async def busy() -> None:
        raise StorageBlocked("Another program holds the database.", hint="End it.")

    waiting = [asyncio.create_task(scene.watch.insist(await scene.live(n), busy)) for n in range(4)]
    await scene.clock.pass_on()
    assert scene.watch.blocks
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)
