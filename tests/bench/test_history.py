"""The made history is one that the store itself could have written."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest

from desktop.engine import Change, TaskQuery, TaskStatus
from desktop.store import open_store
from tests.bench.history import changes, history, write_history

TASKS = 60


def rows(folder: Path) -> dict[str, list[Any]]:
    """All that stands in the tables, without the figures that SQLite keeps beside a full-text index."""
    database = apsw.Connection(str(folder / "legwork.db"))
    try:
        schema = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'task_text_%'"
        tables = [name for (name,) in database.execute(schema)]
        return {table: sorted(database.execute(f"SELECT * FROM {table}")) for table in tables}  # noqa: S608
    finally:
        database.close()


async def test_it_is_what_the_store_itself_writes(tmp_path: Path) -> None:
    made, stored = tmp_path / "made", tmp_path / "stored"
    made.mkdir()
    stored.mkdir()
    await asyncio.to_thread(write_history, made, TASKS)
    store = open_store(stored)
    for change in changes(TASKS):
        await store.add(change)
        await store.record(Change(task=change.task))
    await store.close()
    assert rows(made) == rows(stored)


def test_the_same_seed_gives_the_same_tasks_and_another_one_others() -> None:
    assert list(changes(5, seed=1)) == list(changes(5, seed=1))
    assert list(changes(5, seed=1)) != list(changes(5, seed=2))


async def test_its_tasks_are_mixed_and_found_by_their_words(tmp_path: Path) -> None:
    await asyncio.to_thread(write_history, tmp_path, 300)
    store = open_store(tmp_path, readonly=True)
    counts = await store.counts()
    found = await store.find(TaskQuery(text="vertrage nordwind", limit=300))
    await store.close()
    assert sum(counts.values()) == 300
    assert {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED} <= {name for name, n in counts.items() if n}
    assert not counts[TaskStatus.QUEUED] + counts[TaskStatus.RUNNING]
    assert 0 < len(found.tasks) < 300


def test_a_kept_database_is_made_once_and_every_folder_gets_its_own_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with history(3, str(tmp_path)) as folder:
        first = rows(folder)
        (folder / "legwork.db").write_bytes(b"spoilt by a bench")
    monkeypatch.setattr("tests.bench.history.write_history", None)
    with history(3, str(tmp_path)) as folder:
        assert rows(folder) == first
    assert len(first["tasks"]) == 3
