"""A data folder of any version that people have is opened by today's code, with everything in it.

Each version of the schema has its database here as it was made at the time (`versions/version_N.sql`). Each later one
is to add its own, with `python -m tests.unit.store.frozen`, and never to change an older one.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from desktop.engine import RunNumber, Store, TaskQuery, TaskStatus
from desktop.store import migrations, open_store
from tests.fakes.memory_store import MemoryStore
from tests.unit.store.frozen import thaw, versions
from tests.unit.store.history import relive
from tests.unit.store.samples import measurement, submitted, task, task_id

KNOWN = [task_id(number) for number in range(1, 6)]
RUNS = [RunNumber(1), RunNumber(2)]


async def everything_in(store: Store) -> dict[str, Any]:
    """What each method of the store tells."""
    return {
        "newest": await store.newest_task_id(),
        "counts": await store.counts(),
        "unfinished": await store.unfinished(),
        "listed": await store.find(TaskQuery()),
        "narrowed": await store.find(TaskQuery(kind="documents", statuses=frozenset({TaskStatus.COMPLETED}))),
        "found": [await store.find(TaskQuery(text=words)) for words in ("zurich warrant", "cheapest", "absent")],
        "tasks": [await store.task(known) for known in KNOWN],
        "events": [await store.events(known) for known in KNOWN],
        "journals": [await store.journal(known, run) for known in KNOWN for run in RUNS],
        "past_runs": [await store.past_runs(known) for known in KNOWN],
        "measurements": await store.measurements("documents", "small"),
    }


def schema_of(path: Path) -> set[tuple[str, str, str]]:
    with closing(apsw.Connection(str(path))) as database:
        return set(database.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))


def test_every_version_is_here() -> None:
    assert versions() == list(range(1, migrations.VERSION + 1))


@pytest.mark.parametrize("version", versions())
async def test_everything_in_it_is_found(version: int, tmp_path: Path) -> None:
    thaw(version, tmp_path / "legwork.db")
    expected = MemoryStore()
    await relive(expected)
    store = open_store(tmp_path)
    try:
        assert await everything_in(store) == await everything_in(expected)
        assert await store.measurements("documents", "small") == (measurement(8.5),)
        await store.add(submitted(task(6)))
        assert (await store.find(TaskQuery(limit=1))).tasks == (task(6),)
    finally:
        await store.close()


@pytest.mark.parametrize("version", versions())
async def test_it_ends_up_with_the_schema_of_a_new_one(version: int, tmp_path: Path) -> None:
    """Also the latest one: a step that was changed after it was frozen would strand those who have it."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    thaw(version, tmp_path / "old" / "legwork.db")
    for folder in ("old", "new"):
        await open_store(tmp_path / folder).close()
    assert schema_of(tmp_path / "old" / "legwork.db") == schema_of(tmp_path / "new" / "legwork.db")
