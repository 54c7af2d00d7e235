"""A database that is damaged while nothing runs: found, or without consequence; never read as good, never for new."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from desktop.engine import RunNumber, StorageFailed, Store, Task, TaskId, TaskQuery, TaskStatus
from desktop.store import Backups, damage_in_depth, notices, open_store
from desktop.store.restoring import suspicion_of
from tests.unit.store.damaging import OF_A_PART, OF_THE_WHOLE, Damage, flip, zero_page
from tests.unit.store.history import relive
from tests.unit.store.samples import NOW, completed, entry, item_finished, of_run, submitted, task, task_id
from desktop.engine import Change

pytestmark = pytest.mark.expected_log("The database|damaged")

NAME = "legwork.db"
FIRST, LAST = 6, 60
WORDS = "tenders offers warranties"


def later(number: int) -> Task:
    goal = " ".join([WORDS] * (number * 37 % 400 + 1))
    return task(number, goal=goal, kind="research" if number % 3 else "code", status=TaskStatus.COMPLETED)


async def begin(folder: Path) -> None:
    store = open_store(folder)
    await relive(store)
    await store.close()


async def fill(folder: Path, first: int, last: int) -> None:
    store = open_store(folder)
    for number in range(first, last + 1):
        one = later(number)
        await store.add(submitted(one))
        result = b'"' + b"result " * (number * 53 % 1500) + b'"'
        await store.record(Change(task=one, events=(item_finished(one, 1),), entry=entry(one, "a", result)))
    await store.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a history, a backup from the middle of it, and files of a run of every task."""
    folder = tmp_path_factory.mktemp("sound")
    asyncio.run(begin(folder))
    asyncio.run(fill(folder, FIRST, LAST // 2))
    assert Backups(folder / NAME).make() is not None
    asyncio.run(fill(folder, LAST // 2 + 1, LAST))
    for number in range(1, LAST + 1):
        (folder / "runs" / task_id(number) / "1").mkdir(parents=True)
    return folder


async def everything(store: Store, task_id: TaskId) -> list[Any]:
    return [
        await store.task(task_id),
        await store.events(task_id),
        [await store.journal(task_id, RunNumber(run)) for run in (1, 2)],
        await store.past_runs(task_id),
    ]


IDS = [task_id(number) for number in range(1, LAST + 1)]
QUERIES = (TaskQuery(limit=25), TaskQuery(kind="code", limit=LAST), TaskQuery(text="warranties", limit=LAST))


@pytest.fixture(scope="module")
def truth(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[TaskId, list[Any]]:
    """What is really in it."""
    copy = tmp_path_factory.mktemp("truth")
    shutil.copyfile(sound / NAME, copy / NAME)
    return asyncio.run(read(copy))


async def read(folder: Path) -> dict[TaskId, list[Any]]:
    store = open_store(folder)
    found = {each: await everything(store, each) for each in IDS}
    await store.close()
    return found


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    shutil.copytree(sound, tmp_path / "data")
    return tmp_path / "data"


async def check_what_is_read(store: Store, truth: dict[TaskId, list[Any]]) -> int:
    """Whatever is told must be true; how many questions got no answer."""
    refused = 0
    for each in IDS:
        try:
            assert await everything(store, each) == truth[each]
        except StorageFailed as error:
            assert error.hint
            refused += 1
    for query in QUERIES:
        try:
            page = await store.find(query)
            assert all(found == truth[found.task_id][0] for found in page.tasks)
        except StorageFailed:
            refused += 1
    return refused


@pytest.mark.parametrize("damage", OF_A_PART)
@pytest.mark.parametrize("seed", range(60))
async def test_a_damaged_part_is_never_read_as_good(
    sound: Path, truth: dict[TaskId, list[Any]], tmp_path: Path, damage: Damage, seed: int
) -> None:
    shutil.copyfile(sound / NAME, tmp_path / NAME)
    damage(tmp_path / NAME, Random(seed))  # noqa: S311 - repeatable, not secret
    found = damage_in_depth(tmp_path / NAME)
    try:
        store = open_store(tmp_path, readonly=True)
    except StorageFailed as error:
        assert error.hint
        assert found
        return
    refused = await check_what_is_read(store, truth)
    await store.close()
    assert found or not refused


@pytest.mark.parametrize("damage", OF_THE_WHOLE)
@pytest.mark.parametrize("seed", range(3))
async def test_the_backup_takes_the_place_of_a_database_that_is_damaged_as_a_whole(
    folder: Path, truth: dict[TaskId, list[Any]], damage: Damage, seed: int
) -> None:
    damage(folder / NAME, Random(seed))  # noqa: S311 - repeatable, not secret
    damaged = (folder / NAME).read_bytes() if (folder / NAME).exists() else None
    with pytest.raises(StorageFailed) as refused:
        open_store(folder, readonly=True)
    assert "backup" in refused.value.hint
    store = open_store(folder)
    known = [task_id for task_id in IDS if (await store.find(TaskQuery(limit=99))).tasks]
    page = await store.find(TaskQuery(limit=99))
    numbers = [one.task_id for one in page.tasks]
    assert set(IDS[: LAST // 2]) <= set(numbers)
    for each in numbers:
        assert await everything(store, each) == truth[each]
    await store.close()
    (notice,) = notices(folder / NAME, NOW.now(NOW.tzinfo))
    assert "backup of" in notice.message
    lost = [each for each in IDS if each not in numbers]
    assert all(str(each) in notice.message for each in lost[:5])
    assert ("is lost" in notice.message) == bool(lost)
    assert sorted(path.name for path in (folder / "runs").iterdir()) == sorted(IDS)
    (aside,) = (folder / "damaged").iterdir()
    kept = aside / NAME
    assert (kept.read_bytes() if kept.exists() else None) == damaged
    assert known
