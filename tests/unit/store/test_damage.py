"""A database that is damaged while nothing runs: found, or without consequence; never read as good, never for new."""

import asyncio
import shutil
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import apsw
import pytest

from desktop.engine import (
    Change,
    Delivery,
    DeliveryQuery,
    DeliveryStatus,
    Event,
    ItemFinished,
    RunNumber,
    StorageFailed,
    Store,
    Task,
    TaskId,
    TaskQuery,
    TaskStatus,
)
from desktop.store import Backups, damage_in_depth, notices, open_store
from desktop.store.restoring import suspicion_of
from desktop.store.salvage import OF_A_TASK
from tests.contract.test_store_deliveries import delivery
from tests.unit.store.damaging import OF_A_PART, OF_THE_WHOLE, Damage, zero_page
from tests.unit.store.history import relive
from tests.unit.store.samples import entry, item_finished, submitted, task, task_id

pytestmark = pytest.mark.expected_log("The database|damaged")

NAME = "legwork.db"
FIRST, LAST = 6, 60
WORDS = "tenders offers warranties"


def later(number: int) -> Task:
    goal = " ".join([WORDS] * (number * 37 % 400 + 1))
    return task(number, goal=goal, kind="research" if number % 3 else "code", status=TaskStatus.COMPLETED)


def told(one: Task, events: tuple[Event, ...]) -> tuple[Delivery, ...]:
    """A delivery of every event, with an identifier of its own."""
    number = int(one.task_id.removeprefix("01J"))
    kinds = (isinstance(event, ItemFinished) for event in events)
    return tuple(delivery(2 * number + is_second, of=number) for is_second in kinds)


async def begin(folder: Path) -> None:
    store = open_store(folder)
    await relive(store)
    await store.close()


async def fill(folder: Path, first: int, last: int) -> None:
    store = open_store(folder)
    store.post_with(told, lambda: None)
    for number in range(first, last + 1):
        one = later(number)
        await store.add(replace(submitted(one), secrets=(f"secret of {number}",)))
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
        (await store.deliveries(DeliveryQuery(task_id=task_id))).deliveries,
        await store.webhook_secrets(task_id),
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
            refused += bool(error.hint)
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
    except StorageFailed:
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
    found = await read_known(folder)
    assert found.items() <= truth.items()
    assert found.keys() >= set(IDS[: LAST // 2])
    (notice,) = notices(folder / NAME, datetime.now(UTC))
    assert "backup of" in notice.message
    lost = [each for each in IDS if each not in found]
    assert all(str(each) in notice.message for each in lost[:5])
    assert ("is lost" in notice.message) == bool(lost)
    assert sorted(path.name for path in (folder / "runs").iterdir()) == IDS
    (aside,) = (folder / "damaged").iterdir()
    kept = aside / NAME
    assert (kept.read_bytes() if kept.exists() else None) == damaged


async def read_known(folder: Path) -> dict[TaskId, list[Any]]:
    """What a start finds, of all tasks that it lists."""
    store = open_store(folder)
    try:
        page = await store.find(TaskQuery(limit=LAST + 1))
        return {one.task_id: await everything(store, one.task_id) for one in page.tasks}
    finally:
        await store.close()


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def spoil(folder: Path, content: bytes) -> None:
    """Change a bit of that content where the database keeps it: before that in the file may be what was there once."""
    file = folder / NAME
    spoilt = bytearray(file.read_bytes())
    spoilt[spoilt.rindex(content) + len(content) // 2] ^= 1
    file.write_bytes(spoilt)


def state_of(number: int) -> bytes:
    return f'{{"task_id":"{task_id(number)}","title":"Task {number}"'.encode()


async def test_a_task_that_cannot_be_read_is_reported_and_left_out_and_the_others_are_there(
    folder: Path, truth: dict[TaskId, list[Any]]
) -> None:
    spoil(folder, state_of(4))
    store = open_store(folder)
    met: list[StorageFailed] = []
    store.on_damage = met.append
    unfinished = await store.unfinished()
    listed = (await store.find(TaskQuery(limit=LAST))).tasks
    with pytest.raises(StorageFailed, match="damaged"):
        await store.task(task_id(4))
    await store.close()
    assert task_id(4) not in [one.task_id for one in (*unfinished, *listed)]
    assert [one.task_id for one in listed[:50]] == IDS[:-51:-1]
    assert met
    assert all("damaged" in str(error) for error in met)
    assert suspicion_of(folder / NAME).exists()


async def test_the_start_after_that_brings_the_task_back_from_the_backup_and_loses_nothing_else(
    folder: Path, truth: dict[TaskId, list[Any]]
) -> None:
    spoil(folder, state_of(LAST // 3))
    store = open_store(folder)
    with pytest.raises(StorageFailed):
        await store.task(task_id(LAST // 3))
    new = later(LAST + 1)
    await store.add(submitted(new))
    await store.close()
    found = await read_known(folder)
    assert found.pop(new.task_id)[0] == new
    assert found == truth
    assert not suspicion_of(folder / NAME).exists()
    (notice,) = notices(folder / NAME, datetime.now(UTC))
    assert f"{LAST // 2 + 1} tasks that changed since then could still be read" in notice.message
    assert (await read_known(folder)).keys() == {*truth, new.task_id}


async def test_what_was_told_since_the_backup_is_not_told_again_and_is_signed_by_the_secret_of_today(
    folder: Path,
) -> None:
    one = task_id(FIRST)
    store = open_store(folder)
    _, posted = (await store.deliveries(DeliveryQuery(task_id=one))).deliveries
    delivered = replace(posted, status=DeliveryStatus.DELIVERED, attempts=1)
    await store.keep_delivery(delivered)
    await store.keep_webhook_secrets(one, ("new", "old"))
    await store.close()
    spoil(folder, state_of(LAST // 3))
    for _ in range(2):  # the damage is met, and mended at the next start
        store = open_store(folder)
        with suppress(StorageFailed):
            await store.task(task_id(LAST // 3))
        assert await store.delivery(posted.delivery_id) == delivered
        assert await store.webhook_secrets(one) == ("new", "old")
        await store.close()
    assert notices(folder / NAME, datetime.now(UTC))


async def test_without_a_backup_what_can_be_read_is_still_shown(folder: Path) -> None:
    shutil.rmtree(folder / "backups")
    spoil(folder, state_of(4))
    for _ in range(2):
        store = open_store(folder)
        with pytest.raises(StorageFailed) as failed:
            await store.task(task_id(4))
        assert "backup" in failed.value.hint
        assert await store.task(task_id(50)) == later(50)
        await store.close()


async def test_a_suspicion_that_proves_wrong_goes(folder: Path, truth: dict[TaskId, list[Any]]) -> None:
    suspicion_of(folder / NAME).write_text("it felt so")
    assert await read_known(folder) == truth
    assert not suspicion_of(folder / NAME).exists()
    assert not notices(folder / NAME, datetime.now(UTC))


async def test_damaged_backups_are_passed_over(folder: Path) -> None:
    older = Backups(folder / NAME).newest_first()[0]
    newer = Backups(folder / NAME).make()
    assert newer is not None
    zero_page(newer.path, Random(1))  # noqa: S311 - repeatable, not secret
    (folder / NAME).write_bytes(b"")
    await read_known(folder)
    (notice,) = notices(folder / NAME, datetime.now(UTC))
    assert f"{older.taken_at.astimezone():%Y-%m-%d %H:%M}" in notice.message


async def test_without_any_whole_backup_nothing_is_changed_and_nothing_begins_anew(folder: Path) -> None:
    for file in (folder / NAME, *(backup.path for backup in Backups(folder / NAME).newest_first())):
        file.write_bytes(b"")
    before = files_in(folder)
    with pytest.raises(StorageFailed, match=r"no backup in .* is whole") as refused:
        open_store(folder)
    assert refused.value.hint
    assert files_in(folder) == before


async def test_a_disk_that_gets_full_while_a_backup_is_restored_leaves_all_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, truth: dict[TaskId, list[Any]]
) -> None:
    (folder / NAME).unlink()
    before = files_in(folder)

    def fill(_: object, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", fill)
        with pytest.raises(StorageFailed, match="full"):
            open_store(folder)
    assert files_in(folder) == before
    assert (await read_known(folder)).keys() == set(IDS[: LAST // 2])


async def test_a_database_that_is_gone_without_a_backup_is_said_to_be_where_tasks_have_files(folder: Path) -> None:
    (folder / NAME).unlink()
    shutil.rmtree(folder / "backups")
    assert await read_known(folder) == {}
    (notice,) = notices(folder / NAME, datetime.now(UTC))
    assert "is gone and there is no backup" in notice.message
    assert f"{LAST} tasks" in notice.message


async def test_it_is_told_for_a_week_or_until_what_was_set_aside_is_deleted(folder: Path) -> None:
    (folder / NAME).unlink()
    await read_known(folder)
    now = datetime.now(UTC)
    assert notices(folder / NAME, now + timedelta(days=6))
    assert not notices(folder / NAME, now + timedelta(days=8))
    shutil.rmtree(folder / "damaged")
    assert not notices(folder / NAME, now)


def test_every_table_is_taken_over_from_a_damaged_database_or_follows_from_others(sound: Path) -> None:
    with closing(apsw.Connection(str(sound / NAME), flags=apsw.SQLITE_OPEN_READONLY)) as database:
        found = {name for _, name, kind, *_ in database.execute("PRAGMA table_list") if kind != "shadow"}
    followed = {"task_counts", "sqlite_schema", "sqlite_temp_schema"}
    assert found - followed == {"tasks", "task_text", "measurements", "purged", "seen_time", *OF_A_TASK}
