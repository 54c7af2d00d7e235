"""An upgrade that is killed at a random moment: the database is the old one or the new one, and nothing is missing."""

import asyncio
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import apsw
import pytest

from desktop.engine import SystemClock, TaskQuery
from desktop.store import Backups, damage_in_depth, migrations, notices, open_store
from tests.unit.store.frozen import thaw
from tests.unit.store.samples import task_id

ROOT = Path(__file__).parents[2]
OLD = 3
TASKS = 4000
IMPORTED = "import sys, pathlib; from desktop.store import open_store; print(flush=True); "
UPGRADE = f"{IMPORTED}open_store(pathlib.Path(sys.argv[1]))"
MOMENTS = 8
"""Kills before the upgrade may finish."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of an older version, large enough for its upgrade to take a moment."""
    path = tmp_path_factory.mktemp("old") / "legwork.db"
    thaw(OLD, path)
    with closing(apsw.Connection(str(path))) as database, database:
        for number in range(10, TASKS):
            database.execute(
                "INSERT INTO tasks SELECT ?1, ?2, kind, status, run, expires_at, pinned, replace(state, task_id, ?2)"
                " FROM tasks WHERE number = 5",
                (number, task_id(number)),
            )
            database.execute("INSERT INTO requests SELECT ?, body FROM requests WHERE task = 5", (number,))
        database.execute("UPDATE tasks SET state = CAST(state AS BLOB)")
    return path


@pytest.mark.parametrize("seed", range(3))
def test_an_upgrade_that_is_killed_again_and_again_ends_well(old: Path, tmp_path: Path, seed: int) -> None:
    database = tmp_path / "legwork.db"
    shutil.copyfile(old, database)
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(MOMENTS):
        kill_while_it_opens(tmp_path, chance.uniform(0, 0.25))
        assert database.exists()
    assert asyncio.run(count(tmp_path)) == TASKS - 10 + 5
    assert damage_in_depth(database) == ""
    assert not notices(database, SystemClock().now())
    assert Backups(database).newest_first()
    assert not [path.name for path in tmp_path.rglob("*") if path.suffix in (".part", ".new")]
    with closing(apsw.Connection(str(database))) as upgraded:
        assert upgraded.pragma("user_version") == migrations.VERSION


def kill_while_it_opens(folder: Path, after: float) -> None:
    with subprocess.Popen([sys.executable, "-c", UPGRADE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()  # everything is imported
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.kill()


async def count(folder: Path) -> int:
    store = open_store(folder)
    try:
        page = await store.find(TaskQuery(limit=TASKS + 10))
        return len(page.tasks)
    finally:
        await store.close()
