from pathlib import Path

import pytest

from desktop.engine import StorageFailed, TaskQuery
from desktop.store import migrations, open_store
from tests.unit.store.samples import submitted, task, task_id

STEP = ("ALTER TABLE tasks ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'",)


def add_step(monkeypatch: pytest.MonkeyPatch, *statements: str) -> None:
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, statements))
    monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 1)


def copies(folder: Path) -> list[Path]:
    return list((folder / "backups").glob("*"))


async def make_database(folder: Path) -> None:
    store = open_store(folder)
    await store.add(submitted(task()))
    await store.close()


async def titles(folder: Path) -> list[str]:
    store = open_store(folder)
    page = await store.find(TaskQuery())
    await store.close()
    return [one.title for one in page.tasks]


async def test_an_older_database_is_copied_and_then_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_database(tmp_path)
    with monkeypatch.context() as patched:
        add_step(patched, *STEP)
        store = open_store(tmp_path)
        version = store._reader.do_now(migrations.schema_version)
        assert await store.task(task_id(1)) == task()
        await store.close()
        assert version == migrations.VERSION
    (copy,) = copies(tmp_path)
    copy.rename(tmp_path / "legwork.db")
    assert await titles(tmp_path) == ["Task 1"]


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_database(tmp_path)
    with monkeypatch.context() as patched:
        add_step(patched, *STEP, "INSERT INTO nowhere VALUES (1)")
        with pytest.raises(StorageFailed):
            open_store(tmp_path)
    assert await titles(tmp_path) == ["Task 1"]


async def test_an_up_to_date_database_is_not_copied(tmp_path: Path) -> None:
    await make_database(tmp_path)
    assert await titles(tmp_path) == ["Task 1"]
    assert not copies(tmp_path)
