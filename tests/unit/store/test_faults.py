"""What happens to the data when something outside fails."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from desktop.engine import Change, Estimate, RunNumber, StorageFailed, TaskQuery, TaskStatus, TrashCause, Trashed
from desktop.store import RunFiles, open_store
from desktop.store.sqlite_store import SqliteStore
from tests.unit.store.samples import NOW, entry, item_finished, submitted, task, task_id

ACKNOWLEDGED = 60
CHILD = [sys.executable, "-m", "tests.unit.store.writing_child"]
CHECKOUT = Path(__file__).parents[3]


def start_child(folder: Path, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen([*CHILD, str(folder), str(limit)], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file()]


async def test_a_process_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    with start_child(tmp_path) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(ACKNOWLEDGED)]
        child.kill()
        acknowledged = int((lines + child.stdout.readlines())[-1].split()[0])
    store = open_store(tmp_path)
    numbers = [recorded.number for recorded in await store.events(task_id(1))]
    entries = await store.journal(task_id(1), RunNumber(1))
    await store.close()
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(entries) == len(numbers) - 1 >= acknowledged


async def test_a_disk_that_takes_no_more_is_reported_and_keeps_all_before(tmp_path: Path) -> None:
    with start_child(tmp_path, limit=400_000) as child:
        assert child.stdout is not None
        *numbers, of_the_store, of_the_files = child.stdout.read().splitlines()
    assert child.returncode == 0
    assert "kept" in of_the_store
    assert "kept" in of_the_files
    store = open_store(tmp_path)
    assert len(await store.journal(task_id(1), RunNumber(1))) == len(numbers) > 0
    await store.close()
    assert not [name for name in names_in(tmp_path) if name.endswith(".part")]


async def test_a_full_database_is_reported_as_such_and_works_again_once_there_is_room(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task()))
    await on_writer(store, "PRAGMA max_page_count = 1")
    with pytest.raises(StorageFailed, match="full") as full:
        await store.add(submitted(task(2, goal="long " * 100_000)))
    await on_writer(store, "PRAGMA max_page_count = 100000")
    await store.add(submitted(task(3)))
    assert full.value.hint
    assert [one.task_id for one in await store.unfinished()] == [task_id(1), task_id(3)]
    await store.close()


async def on_writer(store: SqliteStore, statement: str) -> None:
    assert store._writer is not None
    await store._writer.do(lambda database: database.execute_sql(statement).fetchall())


async def test_a_change_that_fails_midway_leaves_no_part_of_itself(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task()))
    trigger = "CREATE TEMP TRIGGER stop BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END"
    await on_writer(store, trigger)
    change = Change(task=task(draft="new"), events=(item_finished(task(), 1),), entry=entry(task(), "a"))
    with pytest.raises(StorageFailed):
        await store.record(change)
    assert await store.task(task_id(1)) == task()
    assert await store.journal(task_id(1), RunNumber(1)) == ()
    await store.close()


async def test_a_purge_that_fails_midway_leaves_the_task_whole(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    stay = Trashed(at=NOW, cause=TrashCause.PERSON, seen=0.0)
    one = task(status=TaskStatus.FAILED, trashed=stay)
    await store.add(submitted(one))
    await store.record(Change(task=one, entry=entry(one, "a")))
    await on_writer(store, "CREATE TEMP TRIGGER stop BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StorageFailed):
        await store.purge(one.task_id)
    assert (await store.find(TaskQuery(text="tenders", trashed=True))).tasks == (one,)
    assert len(await store.events(one.task_id)) == len(await store.journal(one.task_id, RunNumber(1))) == 1
    assert (await store.purged(), await store.trash_count()) == ((), 1)
    await on_writer(store, "DROP TRIGGER stop")
    await store.purge(one.task_id)
    assert await store.purged() == (one.task_id,)
    await store.close()


async def test_reads_do_not_wait_while_a_write_is_under_way(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task()))
    held, released = threading.Event(), threading.Event()

    def hold(database: Any) -> None:
        with database.atomic("IMMEDIATE"):
            held.set()
            released.wait()

    assert store._writer is not None
    holding = store._writer._executor.submit(hold, store._writer.database)
    held.wait()
    try:
        assert await store.task(task_id(1)) == task()
        assert not holding.done()
    finally:
        released.set()
    await store.close()


def overwrite_with_zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def overwrite_with_text(file: Path) -> None:
    file.write_text("not a database " * 1000)


@pytest.mark.parametrize("damage", [overwrite_with_zeros, overwrite_with_text])
async def test_a_damaged_database_is_named_and_left_as_it_is(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    await open_store(tmp_path).close()
    file = tmp_path / "legwork.db"
    damage(file)
    content = file.read_bytes()
    for readonly in (False, True):
        with pytest.raises(StorageFailed, match=r"legwork\.db") as failed:
            open_store(tmp_path, readonly=readonly)
        assert failed.value.hint
    assert file.read_bytes() == content


async def test_a_page_that_was_destroyed_is_reported_when_it_is_read(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task(goal="words " * 50_000)))
    await store.close()
    file = tmp_path / "legwork.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StorageFailed, match="damaged"):
        await read_all(tmp_path)


CHANGED_BEHIND_OUR_BACK = {
    "an estimate that is no number": "UPDATE tasks SET state = replace(CAST(state AS TEXT), '60.5', 'null')",
    "half a state": "UPDATE tasks SET state = substr(state, 1, 99)",
    "an event that nobody knows": "UPDATE events SET type = 'TaskDreamt'",
}


@pytest.mark.parametrize("what", CHANGED_BEHIND_OUR_BACK)
async def test_a_record_that_can_not_be_read_is_reported_as_damage(tmp_path: Path, what: str) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task(estimate=Estimate(seconds=60.5, low=30.0, high=90.0))))
    await on_writer(store, CHANGED_BEHIND_OUR_BACK[what])
    with pytest.raises(StorageFailed, match=r"legwork\.db.*damaged") as failed:
        await asyncio.gather(store.unfinished(), store.events(task_id(1)))
    await store.close()
    assert failed.value.hint


async def read_all(folder: Path) -> None:
    store = open_store(folder)
    try:
        await store.unfinished()
    finally:
        await store.close()


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(apsw.Connection(str(tmp_path / "legwork.db"))) as database:
        database.execute("PRAGMA user_version = 999; CREATE TABLE of_tomorrow (x)")
    with pytest.raises(StorageFailed, match="newer") as refused:
        open_store(tmp_path)
    assert refused.value.hint


async def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageFailed) as failed:
        open_store(tmp_path / "file")
    assert failed.value.hint
    with pytest.raises(StorageFailed) as of_files:
        await RunFiles(tmp_path / "file").write(task_id(1), RunNumber(1), "a", b"x")
    assert of_files.value.hint


async def test_who_only_looks_sees_what_another_one_writes_and_writes_nothing(tmp_path: Path) -> None:
    owner = open_store(tmp_path)
    looking = open_store(tmp_path, readonly=True)
    await owner.add(submitted(task()))
    assert await looking.task(task_id(1)) == task()
    with pytest.raises((StorageFailed, RuntimeError), match="reading only"):
        await looking.add(submitted(task(2)))
    await looking.close()
    await owner.close()


async def test_an_aborted_write_of_a_file_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = RunFiles(tmp_path)
    await files.write(task_id(1), RunNumber(1), "a", b"before")

    def fail(_: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(StorageFailed, match="full"):
            await files.write(task_id(1), RunNumber(1), "a", b"after")
    assert await files.read(task_id(1), RunNumber(1), "a") == b"before"
    assert names_in(tmp_path) == ["a"]
