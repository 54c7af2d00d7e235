"""What keeps the store from writing for a while, and what it can do meanwhile."""

import asyncio
import errno
import os
import shutil
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from desktop.engine import DiskFull, RunNumber, StorageBlocked, StorageFailed, TaskQuery
from desktop.store import DiskSpace, RunFiles, database_thread, open_store
from desktop.store.failures import os_failure, storage_failure
from desktop.store.sqlite_store import SqliteStore
from tests.unit.store.samples import submitted, task, task_id


class Hang:
    """A write that does not return before the test says so."""

    def __init__(self, store: SqliteStore) -> None:
        self._go_on = threading.Event()
        begun = threading.Event()

        def hang(_database: Any) -> None:
            begun.set()
            self._go_on.wait()

        assert store._writer is not None
        store._writer._thread.submit(hang, store._writer.database)
        begun.wait()

    def end(self) -> None:
        self._go_on.set()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_a_quota_and_a_limit_on_files_are_full_disks(number: int, tmp_path: Path) -> None:
    failure = os_failure(OSError(number, os.strerror(number)), tmp_path, needed=7)
    assert isinstance(failure, DiskFull)
    assert (failure.folder, failure.needed) == (str(tmp_path), 7)
    assert failure.free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.5)


def test_the_room_on_a_disk_that_is_gone_is_not_known(tmp_path: Path) -> None:
    failure = os_failure(OSError(errno.ENOSPC, "full"), tmp_path / "gone")
    assert isinstance(failure, DiskFull)
    assert failure.free is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO, errno.ENODEV])
def test_what_may_pass_is_told_from_what_will_not(number: int, tmp_path: Path) -> None:
    assert isinstance(os_failure(OSError(number, "no"), tmp_path), StorageBlocked)
    assert not isinstance(os_failure(OSError(errno.ENAMETOOLONG, "no"), tmp_path), StorageBlocked)


@pytest.mark.parametrize("kind", [apsw.BusyError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError])
def test_what_the_database_reports_may_pass_too(kind: type[apsw.Error], tmp_path: Path) -> None:
    assert isinstance(storage_failure(kind("no"), tmp_path / "legwork.db"), StorageBlocked)
    assert not isinstance(storage_failure(apsw.CorruptError("no"), tmp_path / "legwork.db"), StorageBlocked)


def test_an_error_of_a_disk_without_room_is_that_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says so where its shared memory can't grow."""
    usage = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    failure = storage_failure(apsw.IOError("shm"), tmp_path / "legwork.db")
    assert isinstance(failure, DiskFull)
    assert failure.free == 4096


async def test_a_database_that_another_program_holds_is_named_and_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_thread, "BUSY_SECONDS", 0.0)
    store = open_store(tmp_path)
    await store.add(submitted(task()))
    with closing(apsw.Connection(str(tmp_path / "legwork.db"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageBlocked, match="Another program holds") as busy:
            await store.add(submitted(task(2)))
        assert busy.value.hint
        assert await store.task(task_id(1)) == task()
        other.execute("ROLLBACK")
    await store.add(submitted(task(3)))
    assert len((await store.find(TaskQuery())).tasks) == 2
    await store.close()


async def test_everything_is_read_while_a_write_hangs(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task(goal="The wide sea")))
    hang = Hang(store)
    try:
        assert await store.task(task_id(1)) == task(goal="The wide sea")
        assert len((await store.find(TaskQuery())).tasks) == 1
        assert len((await store.find(TaskQuery(text="wid"))).tasks) == 1
        assert sum((await store.counts()).values()) == 1
        assert len(await store.events(task_id(1))) == 1
        assert await store.journal(task_id(1), RunNumber(1)) == ()
        assert len(await store.unfinished()) == 1
    finally:
        hang.end()
    await store.close()


async def test_closing_does_not_wait_for_good_and_says_what_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_thread, "CLOSE_SECONDS", 0.01)
    store = open_store(tmp_path)
    await store.add(submitted(task()))
    hang = Hang(store)
    try:
        with pytest.raises(StorageFailed, match="does not answer") as failed:
            await store.close()
        assert failed.value.hint
    finally:
        hang.end()


async def test_files_are_read_while_the_write_of_another_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = RunFiles(tmp_path)
    await files.write(task_id(1), RunNumber(1), "a", b"before")
    begun, go_on = threading.Event(), threading.Event()

    def hang(_handle: int) -> None:
        begun.set()
        go_on.wait()

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", hang)
        writing = asyncio.create_task(files.write(task_id(1), RunNumber(1), "b", b"x"))
        await asyncio.to_thread(begun.wait)
        try:
            assert await files.read(task_id(1), RunNumber(1), "a") == b"before"
            assert not writing.done()
        finally:
            go_on.set()
        await writing


async def test_a_disk_that_does_not_say_how_full_it_is_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("desktop.store.disk_space._SECONDS", 0.01)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: go_on.wait())
    try:
        with pytest.raises(StorageBlocked, match="does not answer"):
            await DiskSpace(tmp_path).free()
    finally:
        go_on.set()


async def test_a_write_that_was_given_up_before_its_turn_does_not_happen(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task()))
    hang = Hang(store)
    writing = asyncio.create_task(store.add(submitted(task(2))))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait([writing])
    hang.end()
    await store.close()
    store = open_store(tmp_path)
    assert len((await store.find(TaskQuery())).tasks) == 1
    await store.close()


async def test_what_a_killed_process_left_of_a_file_is_removed(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    await files.write(task_id(1), RunNumber(1), "work/a", b"whole")
    left = tmp_path / task_id(1) / "1" / "work" / ".0123456789abcdef.part"
    left.write_bytes(b"half")
    await files.tidy(task_id(1), RunNumber(1))
    assert not left.exists()
    assert await files.read(task_id(1), RunNumber(1), "work/a") == b"whole"
