"""What every `Store` promises about the end of tasks: dates, Trash, and what is left of a task that is gone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import (
    Change,
    RunNumber,
    SeenTime,
    Store,
    Task,
    TaskQuery,
    TaskStatus,
    TrashCause,
    Trashed,
    UnknownTask,
)
from desktop.store import open_store
from tests.fakes.memory_store import MemoryStore
from tests.unit.store.samples import NOW, completed, entry, item_finished, measurement, submitted, task, task_id

DAY = timedelta(days=1)
ENDED = TaskStatus.COMPLETED


@pytest.fixture(params=["on disk", "in memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store = MemoryStore() if request.param == "in memory" else open_store(tmp_path)
    yield opened
    await opened.close()


def stay(cause: TrashCause = TrashCause.PERSON, seen: float = 5.0) -> Trashed:
    return Trashed(at=NOW, cause=cause, seen=seen)


async def keep(store: Store, *tasks: Task) -> None:
    for one in tasks:
        await store.add(submitted(one))


async def numbers(store: Store, **query: Any) -> list[int]:
    return [int(one.task_id[3:]) for one in (await store.find(TaskQuery(**query))).tasks]


@pytest.mark.parametrize("query", [{}, {"statuses": frozenset({ENDED})}, {"kind": "documents"}, {"text": "tenders"}])
async def test_lists_and_search_tell_of_trash_only_where_they_are_asked_for_it(
    store: Store, query: dict[str, Any]
) -> None:
    await keep(store, *(task(number, status=ENDED) for number in range(1, 7)))
    for number in (2, 3, 5):
        await store.record(Change(task=task(number, status=ENDED, trashed=stay())))
    await store.record(Change(task=task(3, status=ENDED)))
    assert await numbers(store, **query) == [6, 4, 3, 1]
    assert await numbers(store, trashed=True, **query) == [5, 2]
    assert await numbers(store, limit=1, cursor=task_id(5), trashed=True, **query) == [2]


async def test_trash_has_a_count_of_its_own(store: Store) -> None:
    await keep(store, task(1, status=ENDED), task(2, status=TaskStatus.FAILED), task(3, status=ENDED, trashed=stay()))
    await store.record(Change(task=task(1, status=ENDED, trashed=stay())))
    assert (await store.trash_count(), (await store.counts())[ENDED]) == (2, 0)
    await store.record(Change(task=task(1, status=ENDED, draft="no move")))
    assert (await store.trash_count(), (await store.counts())[ENDED]) == (1, 1)
    await store.purge(task_id(3))
    counts = dict.fromkeys(TaskStatus, 0) | {ENDED: 1, TaskStatus.FAILED: 1}
    assert (await store.trash_count(), await store.counts()) == (0, counts)


@pytest.mark.parametrize("status", TaskStatus)
async def test_only_ended_tasks_expire(store: Store, status: TaskStatus) -> None:
    await keep(store, task(1, status=status, expires_at=NOW))
    ended = {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED}
    assert await store.expired(NOW + 99 * DAY) == ((task_id(1),) if status in ended else ())


async def test_a_task_expires_at_its_date_unless_it_is_pinned_or_in_trash_already(store: Store) -> None:
    fields = {"status": ENDED, "expires_at": NOW}
    await keep(store, task(1, **fields), task(2, pinned=True, **fields), task(3, trashed=stay(), **fields))
    await keep(store, task(4, status=ENDED, expires_at=NOW.replace(microsecond=0)), task(5, status=ENDED))
    assert await store.expired(NOW - timedelta(microseconds=1)) == (task_id(4),)
    assert set(await store.expired(NOW)) == {task_id(1), task_id(4)}
    assert len(await store.expired(NOW, limit=1)) == 1


async def test_what_expired_too_early_is_found_and_what_a_person_deleted_is_not(store: Store) -> None:
    retention = stay(TrashCause.RETENTION)
    await keep(
        store,
        task(1, status=ENDED, expires_at=NOW, trashed=retention),
        task(2, status=ENDED, expires_at=NOW, trashed=stay()),
        task(3, status=ENDED, expires_at=NOW),
    )
    assert await store.trashed_early(NOW) == ()
    assert await store.trashed_early(NOW - DAY) == (task_id(1),)


async def test_what_has_been_in_trash_for_long_is_found(store: Store) -> None:
    await keep(store, *(task(n, status=ENDED, trashed=stay(seen=float(n))) for n in (1, 2, 3)), task(4, status=ENDED))
    assert await store.trashed_before(0.5) == ()
    assert set(await store.trashed_before(2.0)) == {task_id(1), task_id(2)}
    assert len(await store.trashed_before(9.0, limit=2)) == 2


async def test_nothing_is_left_of_a_task_that_is_gone_but_that_its_files_are_to_go(store: Store) -> None:
    one, other = task(1), task(2)
    await keep(store, one, other)
    for each in (one, other):
        done = completed(each, "Only one gives a warranty.")
        change = Change(task=done, events=(item_finished(each, 1),), entry=entry(each, "a"))
        await store.record(replace(change, measurement=measurement(2.0)))
        again = replace(done, run=RunNumber(2), trashed=stay() if each is one else None)
        await store.record(Change(task=again, entry=entry(each, "a", run=2)))
    await store.purge(one.task_id)
    with pytest.raises(UnknownTask):
        await store.task(one.task_id)
    assert await numbers(store) == await numbers(store, text="warranty") == [2]
    assert await numbers(store, trashed=True) == await numbers(store, text="warranty", trashed=True) == []
    assert await store.events(one.task_id) == await store.past_runs(one.task_id) == ()
    assert await store.journal(one.task_id, RunNumber(1)) == await store.journal(one.task_id, RunNumber(2)) == ()
    assert len(await store.events(other.task_id)) == 2
    assert len(await store.measurements("documents", "small")) == 2  # estimates go on knowing how long it took
    assert await store.purged() == (one.task_id,)
    await store.forget_purged(one.task_id)
    assert await store.purged() == ()


async def test_only_what_is_in_trash_can_be_purged(store: Store) -> None:
    await keep(store, task(1, status=ENDED))
    for number in (1, 2):
        with pytest.raises(UnknownTask) as refused:
            await store.purge(task_id(number))
        assert refused.value.hint
    assert await numbers(store) == [1]
    assert await store.purged() == ()


async def test_a_new_task_may_come_after_the_newest_was_purged(store: Store) -> None:
    await keep(store, task(1, status=ENDED), task(2, status=ENDED, trashed=stay()))
    await store.purge(task_id(2))
    await keep(store, task(3, goal="Another"))
    assert await numbers(store) == [3, 1]
    assert await numbers(store, text="another") == [3]


async def test_space_is_given_back_piece_by_piece_until_there_is_none(store: Store) -> None:
    await keep(store, *(task(n, status=ENDED, trashed=stay(), inline="x" * 20_000) for n in range(1, 9)))
    for number in range(1, 9):
        await store.purge(task_id(number))
    while await store.reclaim():
        pass
    assert not await store.reclaim()


async def test_the_seen_time_is_what_was_kept_last(store: Store) -> None:
    assert await store.seen_time() is None
    for seconds in (1.5, 2.25):
        await store.keep_seen_time(SeenTime(seconds=seconds, mark=NOW))
    assert await store.seen_time() == SeenTime(seconds=2.25, mark=NOW)
