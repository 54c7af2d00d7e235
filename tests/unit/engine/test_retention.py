"""Tasks are kept until their date, pinned ones longer, and in Trash for a week more: never shorter."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.engine import (
    Change,
    ForbiddenTransition,
    Result,
    Run,
    RunNumber,
    StorageFailed,
    Task,
    TaskId,
    TaskQuery,
    TaskStatus,
    TrashCause,
    UnknownTask,
)
from desktop.engine.engine import Engine
from desktop.engine.live_task import SETTLE_SECONDS
from desktop.engine.retention import GRACE, SWEEP_SECONDS, TRASH_TIME
from tests.unit.engine.conftest import DONE, World, at_once, forever

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
KEPT = 30 * DAY


async def let_pass(world: World, time: timedelta) -> None:
    """Let the engine run for that long: it looks once an hour."""
    hours, rest = divmod(time, HOUR)
    for _ in range(hours):
        await world.clock.advance(HOUR.total_seconds())
    await world.clock.advance(rest.total_seconds())


async def ended(world: World) -> TaskId:
    """A task that has run to its end."""
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    return task_id


async def titles_in_trash(world: World) -> list[TaskId]:
    return [task.task_id for task in (await world.engine.find(TaskQuery(trashed=True))).tasks]


async def is_listed(world: World, task_id: TaskId) -> bool:
    return task_id in [task.task_id for task in (await world.engine.find(TaskQuery())).tasks]


async def is_gone(world: World, task_id: TaskId) -> bool:
    try:
        await world.engine.task(task_id)
    except UnknownTask:
        return True
    return False


async def test_a_task_is_kept_for_its_days_from_its_end_on(world: World) -> None:
    await world.open(at_once, max_running=1)
    task_id = await world.submit()
    paused = await world.engine.pause(task_id)
    await let_pass(world, 25 * DAY)
    assert paused.expires_at == paused.created_at + KEPT
    await world.engine.resume(task_id)
    await world.settle()
    done = await world.engine.task(task_id)
    assert done.finished_at is not None
    assert done.expires_at == done.finished_at + KEPT == paused.created_at + 25 * DAY + KEPT


async def test_at_its_date_it_goes_to_trash_and_a_week_later_it_is_gone(world: World) -> None:
    task_id = await ended(world)
    await world.files.write(task_id, RunNumber(1), "artifacts/report.md", b"report")
    await let_pass(world, KEPT - HOUR)
    assert await is_listed(world, task_id)
    await let_pass(world, 2 * HOUR)
    assert not await is_listed(world, task_id)
    task = await world.engine.task(task_id)
    assert task.trashed is not None
    assert (task.trashed.cause, task.trashed.at) == (TrashCause.RETENTION, task.expires_at)
    assert await titles_in_trash(world) == [task_id]
    assert await world.engine.retention.trash_count() == 1
    assert (await world.happened(task_id))[-1] == "TaskTrashed"
    await let_pass(world, TRASH_TIME - 2 * HOUR)
    assert not await is_gone(world, task_id)
    assert await world.files.read(task_id, RunNumber(1), "artifacts/report.md")
    await let_pass(world, 2 * HOUR)
    assert await is_gone(world, task_id)
    assert await world.store.purged() == ()
    with pytest.raises(StorageFailed):
        await world.files.read(task_id, RunNumber(1), "artifacts/report.md")
    assert (world.updates[-1].task.task_id, world.updates[-1].gone) == (task_id, True)


@pytest.mark.parametrize("halt", [Engine.pause, None])
async def test_a_task_that_has_not_ended_stays_for_ever(
    world: World, halt: Callable[[Engine, TaskId], Awaitable[Task]] | None
) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    if halt is not None:
        await halt(engine, task_id)
    await let_pass(world, 90 * DAY)
    assert await is_listed(world, task_id)


async def test_a_pinned_task_stays_until_a_week_after_it_is_unpinned(world: World) -> None:
    task_id = await ended(world)
    for _ in range(2):
        assert (await world.engine.retention.pin(task_id)).pinned
    await let_pass(world, 90 * DAY)
    assert await is_listed(world, task_id)
    for _ in range(2):
        unpinned = await world.engine.retention.unpin(task_id)
        assert (unpinned.pinned, unpinned.expires_at) == (False, world.clock.now() + GRACE)
    assert (await world.happened(task_id))[-2:] == ["TaskPinned", "TaskUnpinned"]
    await let_pass(world, GRACE - HOUR)
    assert await is_listed(world, task_id)
    await let_pass(world, 2 * HOUR)
    assert await titles_in_trash(world) == [task_id]


async def test_a_task_that_runs_can_be_pinned_and_stays_so_to_its_end(world: World) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    await engine.retention.pin(task_id)
    assert (await engine.task(task_id)).status is TaskStatus.RUNNING
    await engine.cancel(task_id)
    assert (await world.store.task(task_id)).pinned


async def test_what_is_deleted_goes_to_trash_and_comes_back_as_it_was(world: World) -> None:
    task_id = await ended(world)
    before = await world.engine.task(task_id)
    for _ in range(2):
        deleted = await world.engine.retention.delete(task_id)
        assert deleted.trashed is not None
        assert deleted.trashed.cause is TrashCause.PERSON
    assert not await is_listed(world, task_id)
    assert sum((await world.engine.counts()).values()) == 0
    for _ in range(2):
        assert await world.engine.retention.restore(task_id) == before
    assert (await world.happened(task_id))[-2:] == ["TaskTrashed", "TaskRestored"]
    assert world.updates[-1].event is not None


async def test_what_is_restored_stays_for_a_week_at_least(world: World) -> None:
    task_id = await ended(world)
    await let_pass(world, KEPT + 6 * DAY)
    restored = await world.engine.retention.restore(task_id)
    assert restored.expires_at == world.clock.now() + GRACE
    await let_pass(world, GRACE - HOUR)
    assert await is_listed(world, task_id)


async def test_an_unfinished_task_and_a_pinned_one_are_not_deleted(world: World) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    with pytest.raises(ForbiddenTransition, match="running") as refused:
        await engine.retention.delete(task_id)
    assert "Cancel" in refused.value.hint
    await engine.cancel(task_id)
    await engine.retention.pin(task_id)
    with pytest.raises(ForbiddenTransition, match="pinned") as refused:
        await engine.retention.delete(task_id)
    assert "Unpin" in refused.value.hint
    assert await is_listed(world, task_id)


async def test_what_is_in_trash_can_neither_run_nor_be_pinned(world: World) -> None:
    task_id = await ended(world)
    await world.engine.retention.delete(task_id)
    for act in (world.engine.retry, world.engine.retention.pin):
        with pytest.raises(ForbiddenTransition, match="Trash") as refused:
            await act(task_id)
        assert "Restore" in refused.value.hint
    assert await titles_in_trash(world) == [task_id]


async def test_only_what_is_in_trash_is_removed_for_good(world: World) -> None:
    task_id = await ended(world)
    with pytest.raises(ForbiddenTransition, match="not in Trash"):
        await world.engine.retention.purge(task_id)
    await world.engine.retention.delete(task_id)
    await world.engine.retention.purge(task_id)
    assert await is_gone(world, task_id)
    with pytest.raises(UnknownTask):
        await world.engine.retention.restore(task_id)


async def test_trash_is_emptied_and_nothing_else(world: World) -> None:
    engine = await world.open(at_once)
    task_ids = [await world.submit() for _ in range(4)]
    await world.settle()
    for task_id in task_ids[1:]:
        await engine.retention.delete(task_id)
    await engine.retention.restore(task_ids[3])
    assert await engine.retention.empty_trash() == 2
    assert await engine.retention.empty_trash() == 0
    assert [task.task_id for task in (await engine.find(TaskQuery())).tasks] == [task_ids[3], task_ids[0]]


async def test_what_another_hand_restores_while_trash_is_emptied_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await ended(world)
    await world.engine.retention.delete(task_id)
    find = world.store.find

    async def restored_meanwhile(query: TaskQuery) -> object:
        page = await find(query)
        await world.engine.retention.restore(task_id)
        return page

    monkeypatch.setattr(world.store, "find", restored_meanwhile)
    assert await world.engine.retention.empty_trash() == 0
    assert not await is_gone(world, task_id)


@pytest.mark.parametrize("jump", [DAY, 40 * DAY, 400 * DAY])
async def test_a_clock_that_jumps_forward_removes_nothing_and_what_it_took_to_trash_comes_back(
    world: World, jump: timedelta
) -> None:
    task_id = await ended(world)
    deleted = await world.submit()
    await world.settle()
    await world.engine.retention.delete(deleted)
    await let_pass(world, 6 * DAY)
    world.clock.date += jump
    await let_pass(world, 20 * HOUR)
    expired = jump > KEPT
    assert set(await titles_in_trash(world)) == ({task_id, deleted} if expired else {deleted})
    world.clock.date -= jump
    await let_pass(world, HOUR)
    assert await is_listed(world, task_id)
    assert await titles_in_trash(world) == [deleted]
    await let_pass(world, 4 * HOUR)
    assert await is_gone(world, deleted)


async def test_a_machine_that_was_off_for_months_still_gives_a_week_in_trash(world: World) -> None:
    task_id = await ended(world)
    deleted = await world.submit()
    await world.settle()
    await world.engine.retention.delete(deleted)
    await let_pass(world, DAY)
    await world.engine.stop()
    world.clock.date += 200 * DAY
    await world.open(at_once)
    await world.settle()
    assert set(await titles_in_trash(world)) == {task_id, deleted}
    await let_pass(world, 6 * DAY - HOUR)
    assert not await is_gone(world, deleted)
    await let_pass(world, 2 * HOUR)
    assert await is_gone(world, deleted)
    assert not await is_gone(world, task_id)
    await let_pass(world, DAY)
    assert await is_gone(world, task_id)


async def test_nights_in_which_the_machine_is_off_count(world: World) -> None:
    task_id = await ended(world)
    await world.engine.retention.delete(task_id)
    for _ in range(6):
        await let_pass(world, 8 * HOUR)
        await world.engine.stop()
        world.clock.date += 16 * HOUR
        await world.open(at_once)
        await world.settle()
    assert not await is_gone(world, task_id)
    await let_pass(world, DAY)
    assert await is_gone(world, task_id)


async def test_the_time_left_in_trash_is_told(world: World) -> None:
    task_id = await ended(world)
    retention = world.engine.retention
    assert retention.time_in_trash(await world.engine.task(task_id)) == TRASH_TIME
    task = await retention.delete(task_id)
    assert retention.time_in_trash(task) == TRASH_TIME
    await let_pass(world, 2 * DAY + 0.5 * HOUR)
    assert retention.time_in_trash(task) == TRASH_TIME - 2 * DAY - 0.5 * HOUR
    await let_pass(world, 9 * DAY)
    assert retention.time_in_trash(task) == timedelta()


async def test_a_date_that_was_counted_from_the_submission_is_put_right(world: World) -> None:
    """As earlier versions did: a task that took long must not go early for it."""
    task_id = await ended(world)
    task = await world.engine.task(task_id)
    await world.engine.retention.delete(task_id)
    await world.engine.retention.restore(task_id)
    await world.store.record(Change(task=replace(task, expires_at=task.expires_at - 25 * DAY)))
    await let_pass(world, 6 * DAY)
    assert await is_listed(world, task_id)
    assert (await world.engine.task(task_id)).expires_at == task.expires_at


@pytest.mark.expected_log("could not be removed yet", "could not be cleared up yet")
async def test_files_that_can_not_be_removed_go_with_a_later_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await ended(world)
    await world.files.write(task_id, RunNumber(1), "a", b"x")
    await world.engine.retention.delete(task_id)

    async def refuse(_: object) -> None:
        raise StorageFailed("It is held.", hint="Let it go.")

    with monkeypatch.context() as patched:
        patched.setattr(world.files, "remove", refuse)
        await world.engine.retention.purge(task_id)
        assert await is_gone(world, task_id)
        patched.setattr(world.store, "keep_seen_time", refuse)
        await world.clock.advance(SWEEP_SECONDS)
    assert await world.store.purged() == (task_id,)
    await world.clock.advance(SWEEP_SECONDS)
    assert await world.store.purged() == ()
    with pytest.raises(StorageFailed):
        await world.files.read(task_id, RunNumber(1), "a")


async def test_a_change_that_can_not_be_kept_was_not_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()

    async def refuse(_: object) -> None:
        raise StorageFailed("The disk is full.", hint="Make room.")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "record", refuse)
        with pytest.raises(StorageFailed):
            await engine.retention.pin(task_id)
    assert not (await engine.task(task_id)).pinned


class Meanwhile:
    """Between the finding of a task and what is done about it, the person does something."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._find = getattr(world.store, name)
        self.act: Callable[[], Awaitable[object]] | None = None
        monkeypatch.setattr(world.store, name, self._found)

    async def _found(self, *given: object) -> object:
        found = await self._find(*given)
        if found and self.act is not None:
            act, self.act = self.act, None
            await act()
        return found


async def test_what_the_person_does_while_it_is_looked_wins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = await ended(world)
    retention = world.engine.retention
    meanwhile = Meanwhile(world, monkeypatch, "expired")
    meanwhile.act = lambda: retention.pin(task_id)
    await let_pass(world, KEPT + HOUR)
    assert meanwhile.act is None
    assert await is_listed(world, task_id)
    await retention.unpin(task_id)
    await retention.delete(task_id)
    meanwhile = Meanwhile(world, monkeypatch, "trashed_before")
    meanwhile.act = lambda: retention.restore(task_id)
    await let_pass(world, TRASH_TIME + HOUR)
    assert meanwhile.act is None
    assert not await is_gone(world, task_id)

    async def undone_and_done_again() -> None:
        await retention.restore(task_id)
        await retention.delete(task_id)

    await retention.delete(task_id)
    meanwhile.act = undone_and_done_again
    await let_pass(world, TRASH_TIME + HOUR)
    assert not await is_gone(world, task_id)
    await retention.restore(task_id)
    meanwhile.act = lambda: retention.purge(task_id)
    await retention.delete(task_id)
    await let_pass(world, TRASH_TIME + HOUR)
    assert meanwhile.act is None
    assert await is_gone(world, task_id)


async def test_a_run_that_begins_while_it_is_looked_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = await ended(world)
    meanwhile = Meanwhile(world, monkeypatch, "expired")
    meanwhile.act = lambda: world.engine.retry(task_id)
    await let_pass(world, KEPT + HOUR)
    assert meanwhile.act is None
    assert await is_listed(world, task_id)
    assert (await world.happened(task_id))[-1] == "TaskCompleted"


async def test_what_the_person_restores_while_the_clock_is_put_right_is_left_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await ended(world)
    world.clock.date += 99 * DAY
    await let_pass(world, HOUR)
    assert await titles_in_trash(world) == [task_id]
    world.clock.date -= 99 * DAY
    meanwhile = Meanwhile(world, monkeypatch, "trashed_early")
    meanwhile.act = lambda: world.engine.retention.restore(task_id)
    await let_pass(world, HOUR)
    assert (await world.happened(task_id)).count("TaskRestored") == 1


@pytest.mark.expected_log("could not be recorded")
async def test_a_task_whose_end_is_not_on_disk_yet_is_deleted_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    record = world.store.record

    async def refuse(_: object) -> None:
        raise StorageFailed("The disk is full.", hint="Make room.")

    monkeypatch.setattr(world.store, "record", refuse)
    await engine.cancel(task_id)
    monkeypatch.setattr(world.store, "record", record)
    await engine.retention.delete(task_id)
    await world.clock.advance(SETTLE_SECONDS)
    kept = await world.store.task(task_id)
    assert (kept.status, kept.trashed is not None) == (TaskStatus.CANCELLED, True)
    assert (await world.happened(task_id))[-2:] == ["TaskCancelled", "TaskTrashed"]


async def test_what_a_task_gave_leaves_the_index_with_it_and_the_index_is_swept(world: World) -> None:
    async def indexes(run: Run) -> Result:
        await run.step("index", lambda: read_all(run))
        return DONE

    async def read_all(run: Run) -> int:
        return sum([(await run.passages.index(source)).passages for source in await run.sources()])

    await world.open(indexes)
    task_id = await world.submit()
    await world.settle()
    await world.engine.retention.delete(task_id)
    assert world.passages.size == 1
    await world.engine.retention.purge(task_id)
    assert world.passages.size == 0
    sweeps = world.passages.sweeps
    await world.clock.advance(SWEEP_SECONDS)
    assert world.passages.sweeps > sweeps
