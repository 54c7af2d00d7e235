"""Looking at the file of an open database takes no lock away from those who have it open."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.store import Backups, open_store
from desktop.store.page_checksums import header_of
from desktop.store.soundness import damage_at_a_glance, damage_in_depth
from tests.unit.store.samples import submitted, task

OTHER_PROGRAM = """
import apsw, sys
connection = apsw.Connection(sys.argv[1])
connection.execute("SELECT count(*) FROM tasks").fetchall()
connection.close()
"""


def back_up(database: Path) -> object:
    return Backups(database, lambda: datetime(2026, 11, 1, tzinfo=UTC)).make()


def nothing(_database: Path) -> None:
    """Opening it is enough."""


@pytest.mark.parametrize("look", [nothing, header_of, damage_at_a_glance, damage_in_depth, back_up])
async def test_another_program_that_closes_the_database_leaves_our_log_alone(
    tmp_path: Path, look: Callable[[Path], object]
) -> None:
    store = open_store(tmp_path)
    await store.add(submitted(task(1)))
    log = tmp_path / "legwork.db-wal"
    before = (log.stat().st_ino, log.stat().st_size)

    look(store.path)
    command = [sys.executable, "-c", OTHER_PROGRAM, str(store.path)]
    await asyncio.to_thread(subprocess.run, command, check=True)

    assert (log.stat().st_ino, log.stat().st_size) == before
    await store.close()


async def test_a_file_that_ends_in_the_middle_of_a_page_is_looked_at_to_its_end(tmp_path: Path) -> None:
    await open_store(tmp_path).close()
    database = tmp_path / "legwork.db"
    with database.open("ab") as file:
        file.write(b"half a page")
    assert damage_in_depth(database) == ""
