"""The real application on a data folder whose database was damaged while nothing ran, or after kill -9.

Each case is drawn from the seed in its name: the one that fails can be run again.
"""

import asyncio
import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from desktop.engine import Change, Notice
from desktop.store import Backups, open_store
from tests.e2e.conftest import Legwork, until
from tests.unit.store.damaging import OF_THE_WHOLE, Damage, cut, flip, zero
from tests.unit.store.history import relive
from tests.unit.store.samples import completed, entry, submitted, task, task_id

pytestmark = pytest.mark.timeout(300)

NEVER = datetime(2100, 1, 1, tzinfo=UTC)
BEFORE, LAST = 40, 60
"""The last task that the backup knows, and the last one."""


@pytest.fixture
def legwork(tmp_path: Path) -> Iterator[Legwork]:
    program = Legwork(tmp_path)
    program.paths.data.mkdir()
    asyncio.run(fill(program))
    yield program
    program.close()


async def fill(legwork: Legwork) -> None:
    store = open_store(legwork.paths.data)
    await relive(store)
    for number in range(6, LAST + 1):
        goal = "Compare the tenders " * (number * 37 % 300 + 1)
        one = replace(task(number, goal=goal), expires_at=NEVER)
        await store.add(submitted(one))
        await store.record(Change(task=completed(one, f"Offer {number} is best."), entry=entry(one, "a")))
        (legwork.paths.runs / one.task_id / "1").mkdir(parents=True)
        if number == BEFORE:
            assert Backups(legwork.paths.database).make() is not None
    await store.close()


def listed(legwork: Legwork) -> dict[str, str]:
    """What the command line lists: title and summary of each task that is kept for long."""
    code, out, err = legwork("list", "--json", "--limit", str(LAST + 10))
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    ended = [row for row in rows if row["task_id"] > task_id(5)]  # those before expired long ago
    return {row["task_id"]: f"{row['title']}: {row['result'] and row['result']['summary']}" for row in ended}


def told_by(legwork: Legwork) -> tuple[Notice, ...]:
    """What an engine says after its start; it is ended again."""
    serving, engine = legwork.serve()
    notices = until(lambda: engine.notices() or None)
    assert serving.end()[0] == 0
    return notices


@pytest.mark.parametrize("seed", [11])
@pytest.mark.parametrize("damage", OF_THE_WHOLE)
def test_a_database_that_is_damaged_as_a_whole(legwork: Legwork, damage: Damage, seed: int) -> None:
    truth = listed(legwork)
    damage(legwork.paths.database, Random(seed))  # noqa: S311 - repeatable, not secret
    for command in ("list", "doctor"):
        code, out, err = legwork(command)
        assert code == 1
        assert "puts the newest backup that is whole in its place" in out + err
        assert "Traceback" not in err
    (notice,) = told_by(legwork)
    assert "The backup of" in notice.message
    found = listed(legwork)
    assert found.items() <= truth.items()
    assert found.keys() >= {task_id(number) for number in range(6, BEFORE + 1)}
    lost = truth.keys() - found.keys()
    assert ("is lost" in notice.message) == bool(lost)
    assert all(legwork.paths.runs.joinpath(gone).is_dir() for gone in lost)
    assert notice.message in legwork("doctor")[1]
    assert notice.message in legwork.paths.log.read_text()


@pytest.mark.parametrize("seed", range(4))
def test_a_bit_that_flipped_is_found_after_the_start_and_mended_by_the_next_one(legwork: Legwork, seed: int) -> None:
    truth = listed(legwork)
    flip(legwork.paths.database, Random(seed))  # noqa: S311 - repeatable, not secret
    notices = told_by(legwork)
    assert any("database" in notice.key for notice in notices)
    told_by(legwork)
    found = listed(legwork)
    assert found.items() <= truth.items()
    assert len(truth) - len(found) <= LAST - BEFORE
    assert "read through without finding damage" in legwork("doctor")[1]


@pytest.mark.parametrize("damage", [cut, zero])
@pytest.mark.parametrize("seed", range(2))
def test_a_log_that_was_damaged_after_kill_9(legwork: Legwork, damage: Damage, seed: int) -> None:
    truth = listed(legwork)
    serving, engine = legwork.serve()
    new = engine.submit(task(1, goal="Never carried out").request).task_id
    engine.pause(new)
    serving.process.send_signal(signal.SIGKILL)
    serving.wait()
    damage(legwork.paths.database.with_name("legwork.db-wal"), Random(seed))  # noqa: S311 - repeatable, not secret
    code, _, err = legwork("list")
    assert (code, "last changes are lost" in err) == (1, True)
    (notice,) = told_by(legwork)
    assert "The last changes before Legwork ended are lost" in notice.message
    assert truth.items() <= listed(legwork).items()


def test_a_history_that_is_gone_without_a_backup_is_never_taken_for_a_new_one(legwork: Legwork) -> None:
    legwork.paths.database.unlink()
    shutil.rmtree(legwork.paths.data / "backups")
    (notice,) = told_by(legwork)
    assert "is gone and there is no backup of it" in notice.message
    assert task_id(6) in notice.message
    assert len(list(legwork.paths.runs.iterdir())) == LAST - 5
