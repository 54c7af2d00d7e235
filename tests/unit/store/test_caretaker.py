"""What is done for the database while the engine runs."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import apsw
import pytest

from desktop.engine import NoticeBoard, StorageFailed
from desktop.store import Backups, SqliteStore, open_store, taken_care_of
from desktop.store.caretaker import BETWEEN_BACKUPS, DAMAGED, LAST_SECONDS, LOOK_SECONDS, SETTLE_SECONDS
from desktop.store.restoring import suspicion_of
from tests.fakes.fake_clock import FakeClock
from tests.unit.store.samples import submitted, task, task_id
from tests.unit.store.test_damage import spoil, state_of

NAME = "legwork.db"
NEXT = BETWEEN_BACKUPS.total_seconds()


class Scene:
    """A store that is taken care of, by a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.board = NoticeBoard()
        self.clock = FakeClock()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[SqliteStore]:
        """Until the block ends."""
        store = open_store(self.folder)
        try:
            async with taken_care_of(store, self.board, self.clock):
                await self.clock.pass_on()
                yield store
        finally:
            await store.close()

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass, and the caretaker do what it then does."""
        await self.clock.advance(seconds)
        while not self.clock._sleepers:
            await self.clock.pass_on()

    def change_now(self) -> None:
        """Let the file system say that the database was changed at this moment of the clock."""
        for path in self.folder.glob(f"{NAME}*"):
            os.utime(path, times=(self.clock.date.timestamp(),) * 2)

    @property
    def backups(self) -> list[timedelta]:
        """When they were made, by the time since the beginning."""
        return [backup.taken_at - FakeClock().date for backup in reversed(Backups(self.folder / NAME).newest_first())]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_the_first_backup_comes_soon_and_another_one_once_something_changed(scene: Scene) -> None:
    first = timedelta(seconds=SETTLE_SECONDS)
    async with scene.opened() as store:
        assert scene.backups == []
        await scene.pass_time(SETTLE_SECONDS)
        assert scene.backups == [first]
        await scene.pass_time(LOOK_SECONDS)
        await store.add(submitted(task()))
        scene.change_now()
        await scene.pass_time(LOOK_SECONDS)
        assert scene.backups == [first]  # it is too soon
        await scene.pass_time(NEXT)
        assert len(scene.backups) == 2
        await scene.pass_time(NEXT)
        assert len(scene.backups) == 2  # nothing changed
    assert scene.board.notices() == ()


async def test_a_last_backup_is_made_at_the_end_where_one_is_due(scene: Scene) -> None:
    async with scene.opened() as store:
        await store.add(submitted(task()))
    assert scene.backups == [timedelta()]
    async with scene.opened():
        pass
    assert scene.backups == [timedelta()]


async def test_a_last_backup_that_takes_long_is_left_to_the_next_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = Event()

    def read_for_ever(_: Path, is_given_up: Callable[[], bool]) -> str:
        began.set()
        while not is_given_up():
            pass
        raise apsw.InterruptError

    async def live() -> None:
        async with scene.opened() as store:
            await store.add(submitted(task()))

    with monkeypatch.context() as patch:
        patch.setattr("desktop.store.backups.damage_in_depth", read_for_ever)
        living = asyncio.create_task(live())
        while not began.is_set():
            await scene.clock.pass_on()
        await scene.clock.advance(LAST_SECONDS)
        await asyncio.wait_for(living, 10)
    assert list((scene.folder / "backups").iterdir()) == []
    async with scene.opened():
        await scene.pass_time(SETTLE_SECONDS)
        assert len(scene.backups) == 1


@pytest.mark.expected_log("is damaged")
async def test_damage_that_nothing_has_met_yet_is_found_and_said(scene: Scene) -> None:
    async with scene.opened() as store:
        await store.add(submitted(task(4)))
    spoil(scene.folder, state_of(4))
    async with scene.opened() as store:
        await scene.pass_time(SETTLE_SECONDS)
        (notice,) = scene.board.notices()
        assert notice.key == DAMAGED
        assert "is damaged" in notice.message
        assert "Start Legwork again: it restores what can't be read from the backup of" in notice.hint
        assert suspicion_of(store.path).exists()
        await scene.pass_time(NEXT)
    assert scene.backups == [timedelta()]  # none of a damaged database


@pytest.mark.expected_log("is damaged")
async def test_damage_that_a_read_meets_is_said(scene: Scene) -> None:
    async with scene.opened() as store:
        await store.add(submitted(task(4)))
    for path in (scene.folder / "backups").iterdir():
        path.unlink()
    spoil(scene.folder, state_of(4))
    async with scene.opened() as store:
        with pytest.raises(StorageFailed):
            await store.task(task_id(4))
        (notice,) = scene.board.notices()
        assert (notice.key, "no backup" in notice.hint) == (DAMAGED, True)


@pytest.mark.expected_log("could not be looked after")
async def test_a_backup_that_fails_ends_nothing(scene: Scene) -> None:
    (scene.folder / "backups").write_text("in the way")
    async with scene.opened() as store:
        await scene.pass_time(SETTLE_SECONDS)
        await store.add(submitted(task()))
        (scene.folder / "backups").unlink()
        await scene.pass_time(LOOK_SECONDS)
        assert len(scene.backups) == 1


async def test_an_end_does_not_wait_for_a_long_look(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    began, given_up = Event(), []

    def look(_: Path, is_given_up: Callable[[], bool]) -> str:
        began.set()
        while not is_given_up():
            pass
        given_up.append(True)
        return ""

    monkeypatch.setattr("desktop.store.caretaker.damage_in_depth", look)
    async with scene.opened():
        await scene.clock.advance(SETTLE_SECONDS)
        while not began.is_set():
            await scene.clock.pass_on()
    assert given_up == [True]
