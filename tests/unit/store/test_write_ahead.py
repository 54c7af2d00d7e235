"""The write-ahead log of a process that was killed, damaged before the next start."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from desktop.engine import RunNumber, StorageFailed
from desktop.store import Backups, notices, open_store
from desktop.store.write_ahead import find_lost_changes, pages_in_log
from tests.unit.store.damaging import cut, flip, remove, zero
from tests.unit.store.samples import task_id

pytestmark = pytest.mark.expected_log("The (last changes|database)")

NAME = "legwork.db"
CHECKOUT = Path(__file__).parents[3]
ACKNOWLEDGED = 40


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a process leaves it that is killed while it writes; there is a backup of before."""
    folder = tmp_path_factory.mktemp("killed")
    asyncio.run(open_store(folder).close())
    assert Backups(folder / NAME).make() is not None
    command = [sys.executable, "-m", "tests.unit.store.writing_child", str(folder), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as child:
        assert child.stdout is not None
        for _ in range(ACKNOWLEDGED):
            child.stdout.readline()
        child.kill()
    return folder


@pytest.fixture
def folder(killed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    shutil.copytree(killed, tmp_path / "data")
    return tmp_path / "data"


async def steps(folder: Path) -> int:
    store = open_store(folder)
    try:
        return len(await store.journal(task_id(1), RunNumber(1)))
    finally:
        await store.close()


async def test_a_log_as_it_was_left_is_read_to_its_end_and_nothing_is_said(folder: Path) -> None:
    assert find_lost_changes(folder / NAME) is None
    assert await steps(folder) >= ACKNOWLEDGED
    assert not notices(folder / NAME, datetime.now(UTC))


@pytest.mark.parametrize("damage", [cut, zero, flip, remove])
@pytest.mark.parametrize("seed", range(8))
async def test_changes_that_a_damaged_log_lost_are_missed_and_said(
    folder: Path, damage: Callable[[Path, Random], None], seed: int
) -> None:
    whole = await steps(shutil.copytree(folder, folder.with_name("whole")))
    damage(folder / f"{NAME}-wal", Random(seed))  # noqa: S311 - repeatable, not secret
    with pytest.raises(StorageFailed, match="last changes are lost"):
        open_store(folder, readonly=True)
    assert await steps(folder) < whole
    (notice,) = notices(folder / NAME, datetime.now(UTC))
    assert "lost" in notice.message
    (aside,) = (folder / "damaged").iterdir()
    assert (aside / f"{NAME}-wal").exists() == (damage is not remove)
    assert str(aside) in notice.hint
    assert await steps(folder) < whole
    assert len(notices(folder / NAME, datetime.now(UTC))) == 1


@pytest.mark.parametrize("damage", [cut, zero, flip, remove])
@pytest.mark.parametrize("seed", range(4))
async def test_a_damaged_index_of_the_log_does_no_harm(
    folder: Path, damage: Callable[[Path, Random], None], seed: int
) -> None:
    whole = await steps(shutil.copytree(folder, folder.with_name("whole")))
    damage(folder / f"{NAME}-shm", Random(seed))  # noqa: S311 - repeatable, not secret
    assert await steps(folder) == whole
    assert not notices(folder / NAME, datetime.now(UTC))


async def test_a_broken_transaction_that_others_follow_is_missed_without_the_index_too(folder: Path) -> None:
    (folder / f"{NAME}-shm").unlink()
    log = folder / f"{NAME}-wal"
    content = bytearray(log.read_bytes())
    content[len(content) // 3] ^= 1
    log.write_bytes(content)
    lost = find_lost_changes(folder / NAME)
    assert lost is not None
    assert lost.is_mixture
    assert await steps(folder) == 0  # from the backup: what is left of the log may not fit the database
    (notice,) = notices(folder / NAME, datetime.now(UTC))
    assert "The backup of" in notice.message


async def test_a_last_transaction_that_was_not_finished_is_not_missed(folder: Path) -> None:
    (folder / f"{NAME}-shm").unlink()
    log = folder / f"{NAME}-wal"
    log.write_bytes(log.read_bytes()[:-100])
    assert find_lost_changes(folder / NAME) is None
    assert await steps(folder) > 0


def test_an_index_from_before_the_machine_was_started_says_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / f"{NAME}-wal").unlink()
    assert find_lost_changes(folder / NAME) is not None
    monkeypatch.setattr("psutil.boot_time", lambda: datetime.now(UTC).timestamp() + 1)
    assert find_lost_changes(folder / NAME) is None


def test_the_log_names_the_pages_that_it_has(folder: Path) -> None:
    assert 1 not in pages_in_log(folder / "absent.db")
    pages = pages_in_log(folder / NAME)
    assert pages
    assert max(pages) <= 1000
