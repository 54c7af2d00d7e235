"""Copies of the database: whole, few, made while others write, and never at the cost of what is there."""

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import Change, RunNumber, StorageFailed
from desktop.store import Backup, Backups, DatabaseDamaged, SqliteStore, open_store
from desktop.store.backups import KEPT_DAYS, KEPT_NEWEST, kept
from desktop.store.soundness import damage_in_depth
from tests.unit.store.frozen import thaw
from tests.unit.store.samples import entry, item_finished, submitted, task, task_id

NAME = "legwork.db"
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def worked(folder: Path, steps: int) -> SqliteStore:
    store = open_store(folder)
    await store.add(submitted(task(goal="words " * 200_000)))
    await go_on(store, steps)
    return store


async def go_on(store: SqliteStore, steps: int) -> None:
    first = len(await store.journal(task_id(1), RunNumber(1)))
    for step in range(first, first + steps):
        change = Change(task=task(), events=(item_finished(task(), step),), entry=entry(task(), str(step)))
        await store.record(change)


async def steps_in(backup: Backup, folder: Path) -> int:
    """How many steps a start on that backup finds."""
    shutil.copytree(backup.path.parent, folder)
    shutil.copyfile(backup.path, folder / NAME)
    store = open_store(folder)
    try:
        return len(await store.journal(task_id(1), RunNumber(1)))
    finally:
        await store.close()


async def test_a_backup_holds_what_there_was_when_it_began_while_others_write(tmp_path: Path) -> None:
    store = await worked(tmp_path, 5)
    looks = 0

    def write_meanwhile() -> bool:
        nonlocal looks
        looks += 1
        with closing(apsw.Connection(str(tmp_path / NAME))) as other, other:
            other.execute("INSERT INTO measurements (kind, model, body) VALUES ('a', 'b', 'c')")
        return False

    made = Backups(tmp_path / NAME).make(write_meanwhile)
    await go_on(store, 3)
    await store.close()
    assert made is not None
    assert looks > 1
    assert await steps_in(made, tmp_path / "restored") == 5
    with closing(apsw.Connection(str(made.path))) as copy:
        assert copy.execute("SELECT count(*) FROM measurements").fetchone() == (0,)
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]


async def test_a_backup_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    store = await worked(tmp_path, 1)
    with pytest.raises(apsw.InterruptError):
        Backups(tmp_path / NAME).make(lambda: True)
    assert list((tmp_path / "backups").iterdir()) == []
    await store.close()


async def test_looking_through_the_pages_can_be_given_up_as_well(tmp_path: Path) -> None:
    store = await worked(tmp_path, 1)
    with pytest.raises(apsw.InterruptError):
        damage_in_depth(tmp_path / NAME, lambda: True)
    assert damage_in_depth(tmp_path / NAME) == ""
    await store.close()


async def test_a_damaged_database_is_not_copied_over_good_backups(tmp_path: Path) -> None:
    store = await worked(tmp_path, 5)
    await store.close()
    good = Backups(tmp_path / NAME).make()
    content = bytearray((tmp_path / NAME).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / NAME).write_bytes(content)
    for _ in range(KEPT_NEWEST + 1):
        with pytest.raises(DatabaseDamaged):
            Backups(tmp_path / NAME).make()
    assert Backups(tmp_path / NAME).newest_first() == (good,)


async def test_without_room_there_is_no_backup_and_the_earlier_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await worked(tmp_path, 1)).close()
    earlier = Backups(tmp_path / NAME).make()
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
        assert Backups(tmp_path / NAME).make() is None
    assert Backups(tmp_path / NAME).newest_first() == (earlier,)


async def test_a_disk_that_fills_up_meanwhile_is_reported_and_left_without_debris(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await worked(tmp_path, 1)).close()

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("desktop.store.backups.sync_file", full)
        with pytest.raises(StorageFailed, match="full"):
            Backups(tmp_path / NAME).make()
    assert list((tmp_path / "backups").iterdir()) == []


async def test_what_a_killed_copy_left_goes_with_the_next_one_and_strange_files_stay(tmp_path: Path) -> None:
    await (await worked(tmp_path, 1)).close()
    (tmp_path / "backups").mkdir()
    for name in ("legwork-20260101T000000.000000Z.part", "mine.db", "notes.txt"):
        (tmp_path / "backups" / name).write_text("?")
    made = Backups(tmp_path / NAME).make()
    assert Backups(tmp_path / NAME).newest_first() == (made,)
    assert {path.name for path in (tmp_path / "backups").iterdir()} >= {"mine.db", "notes.txt"}
    assert not list((tmp_path / "backups").glob("*.part"))


async def test_backups_that_are_too_many_go(tmp_path: Path) -> None:
    await (await worked(tmp_path, 1)).close()
    for hour in range(KEPT_NEWEST + 3):
        assert Backups(tmp_path / NAME, lambda hour=hour: BEGAN + timedelta(hours=hour)).make() is not None
    times = [backup.taken_at for backup in Backups(tmp_path / NAME).newest_first()]
    assert times == [BEGAN + timedelta(hours=hour) for hour in (5, 4, 3)]


@given(st.lists(st.integers(0, 60 * 24), unique=True))
def test_those_that_stay_are_the_newest_and_the_last_of_each_day(hours: list[int]) -> None:
    taken = sorted((BEGAN + timedelta(hours=hour) for hour in hours), reverse=True)
    all_of_them = tuple(Backup(path=Path(str(at)), taken_at=at, size=1) for at in taken)
    stay = kept(all_of_them)
    assert stay[:KEPT_NEWEST] == all_of_them[:KEPT_NEWEST]
    assert len(stay) <= KEPT_NEWEST + KEPT_DAYS
    days = list(dict.fromkeys(backup.taken_at.date() for backup in all_of_them))[:KEPT_DAYS]
    assert {backup.taken_at.date() for backup in stay} >= set(days)
    for backup in stay[KEPT_NEWEST:]:
        assert backup == next(one for one in all_of_them if one.taken_at.date() == backup.taken_at.date())


@pytest.mark.expected_log("The database")
@pytest.mark.parametrize("version", [1, 2, 3])
async def test_an_older_database_is_backed_up_in_its_own_format_with_checksums(version: int, tmp_path: Path) -> None:
    thaw(version, tmp_path / NAME)
    await open_store(tmp_path).close()
    (backup,) = Backups(tmp_path / NAME).newest_first()
    with closing(apsw.Connection(str(backup.path))) as copy:
        assert copy.pragma("user_version") == version
        assert copy.pragma("checksum_verification") == "1"
    (tmp_path / NAME).write_bytes(b"")
    await open_store(tmp_path).close()
