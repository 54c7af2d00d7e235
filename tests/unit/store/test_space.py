"""The file gets shorter by what is deleted for good, and so does the index of words."""

import asyncio
import errno
import os
import shutil
from pathlib import Path

import pytest
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import Change, StorageFailed, Task, TaskStatus, TrashCause, Trashed
from desktop.store import RunFiles, SqliteStore, open_store
from tests.unit.store.frozen import thaw
from tests.unit.store.samples import NOW, completed, entry, submitted, task, task_id

MANY = 40
STAY = Trashed(at=NOW, cause=TrashCause.PERSON, seen=0.0)


def large(number: int) -> Task:
    return task(number, goal=f"secret{number}word " * 900, inline="y" * 30_000)


async def fill(store: SqliteStore, first: int) -> None:
    for number in range(first, first + MANY):
        one = large(number)
        await store.add(submitted(one))
        done = completed(one, f"hidden{number}sum " * 900)
        await store.record(Change(task=done, entry=entry(one, "a", b"z" * 30_000)))


async def empty(store: SqliteStore, first: int) -> None:
    for number in range(first, first + MANY):
        await store.record(Change(task=completed(task(number, trashed=STAY), "short")))
        await store.purge(task_id(number))
    while await store.reclaim():
        pass


async def size_without(folder: Path) -> int:
    """The file's length once everything is written into it."""
    await open_store(folder).close()
    return (folder / "legwork.db").stat().st_size


async def test_the_file_gets_shorter_by_what_was_purged(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task(1)))
    before = await size_without(tmp_path)
    await fill(store, 2)
    full = (tmp_path / "legwork.db").stat().st_size
    await empty(store, 2)
    while_open = (tmp_path / "legwork.db").stat().st_size
    await store.close()
    after = (tmp_path / "legwork.db").stat().st_size
    assert full > before + MANY * 60_000
    assert while_open < full / 5
    assert after <= while_open


@pytest.mark.parametrize("version", [1, 3])
async def test_a_database_from_before_can_get_shorter_too(tmp_path: Path, version: int) -> None:
    thaw(version, tmp_path / "legwork.db")
    store = open_store(tmp_path)
    await fill(store, 100)
    await store.close()
    full = (tmp_path / "legwork.db").stat().st_size
    store = open_store(tmp_path)
    await empty(store, 100)
    await store.close()
    assert (tmp_path / "legwork.db").stat().st_size < full / 10


async def test_other_writes_have_their_turn_while_space_is_given_back(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await fill(store, 1)
    for number in range(1, MANY + 1):
        await store.record(Change(task=completed(task(number, trashed=STAY), "short")))
        await store.purge(task_id(number))
    more = [await store.reclaim()]
    await store.add(submitted(task(99)))
    while more[-1]:
        more.append(await store.reclaim())
    await store.close()
    assert len(more) > 2


async def words_in_index(store: SqliteStore) -> bytes:
    def read(database: APSWDatabase) -> bytes:
        return b"".join(block for (block,) in database.execute_sql("SELECT block FROM task_text_data"))

    return await store._reader.do(read)


async def test_no_word_of_what_is_gone_is_left_in_the_index(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task(1, goal="remains", status=TaskStatus.COMPLETED)))
    await store.add(submitted(task(2, goal="secret", status=TaskStatus.COMPLETED, trashed=STAY)))
    assert b"secret" in await words_in_index(store)
    await store.purge(task_id(2))
    left = await words_in_index(store)
    await store.close()
    assert b"remains" in left
    assert b"secret" not in left


@pytest.mark.expected_log("could not be written anew")
async def test_where_there_is_no_room_to_write_it_anew_the_old_form_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thaw(3, tmp_path / "legwork.db")
    execute = APSWDatabase.execute_sql

    def refuse(database: APSWDatabase, sql: str, *rest: object) -> object:
        if sql == "VACUUM":
            return execute(database, "SELECT raise_no_such_function()")
        return execute(database, sql, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(APSWDatabase, "execute_sql", refuse)
        store = open_store(tmp_path)
    assert await store.task(task_id(1))
    assert not await store.reclaim()
    await store.close()


async def test_files_that_can_not_be_removed_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = RunFiles(tmp_path)
    one = task()
    await files.write(one.task_id, one.run, "a", b"x")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(shutil, "rmtree", fail)
    with pytest.raises(StorageFailed) as failed:
        await files.remove(one.task_id)
    assert failed.value.hint


def test_who_only_looks_removes_nothing(tmp_path: Path) -> None:
    async def look() -> None:
        await open_store(tmp_path).close()
        store = open_store(tmp_path, readonly=True)
        try:
            with pytest.raises(RuntimeError):
                await store.purge(task_id(1))
        finally:
            await store.close()

    asyncio.run(look())
