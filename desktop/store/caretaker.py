"""Looks after a database while the engine runs: reads all of it after the start, and copies it when it has changed."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import apsw

from desktop.engine import Clock, Notice, NoticeBoard, StorageFailed
from desktop.store.backups import Backups
from desktop.store.daemon_thread import DaemonThread
from desktop.store.failures import DatabaseDamaged, storage_failure
from desktop.store.restoring import last_change, moment, note_suspicion, suspicion_of
from desktop.store.soundness import damage_in_depth
from desktop.store.sqlite_store import SqliteStore

logger = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 3.0
"""A start has better use for the processor at first."""

LOOK_SECONDS: Final = 60.0
"""How often it is asked whether a backup is due."""

BETWEEN_BACKUPS: Final = timedelta(hours=3)
"""The most that is lost where nothing of a damaged database can be read."""

LAST_SECONDS: Final = 5.0
"""What the backup at the end may take. Of a database that needs more, one is made while the engine runs."""

DAMAGED: Final = "database-damaged"


@asynccontextmanager
async def taken_care_of(store: SqliteStore, board: NoticeBoard, clock: Clock) -> AsyncIterator[None]:
    """While the block runs, the database is looked after, and what is found goes to the board.

    In the end a backup is made where one is due, unless that takes long: nobody waits for it who wants to leave.
    """
    caretaker = Caretaker(store.path, board, clock)
    store.on_damage = caretaker.tell
    aio_task = asyncio.create_task(caretaker.watch(), name="caretaker of the database")
    try:
        yield
    finally:
        caretaker.give_up()
        aio_task.cancel()
        await asyncio.gather(aio_task, return_exceptions=True)
        await caretaker.close()


class Caretaker:
    """Of one database. To be used on the engine's loop."""

    def __init__(self, database: Path, board: NoticeBoard, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._clock = clock
        self._backups = Backups(database, clock.now)
        self._thread = DaemonThread("store-caretaker")
        self._given_up = threading.Event()

    async def watch(self) -> None:
        """Read all of the database, then make backups as they become due. Until it is cancelled."""
        await self._clock.sleep(SETTLE_SECONDS)
        await self._do(self._look)
        while True:
            await self._do(self._back_up)
            await self._clock.sleep(LOOK_SECONDS)

    def give_up(self) -> None:
        """Let what is under way end at once."""
        self._given_up.set()

    async def close(self) -> None:
        """Make a last backup where one is due and soon made, and end."""
        await self._do(self._begin_anew)
        limit = asyncio.create_task(self._give_up_late(), name="limit of the last backup")
        try:
            await self._do(self._back_up)
        finally:
            limit.cancel()
            await asyncio.gather(limit, return_exceptions=True)
            self._thread.end()

    def tell(self, damage: StorageFailed) -> None:
        """Let the person know."""
        logger.error("%s", damage)
        newest = next(iter(self._backups.newest_first()), None)
        hint = "There is no backup of it: copy the data folder before you go on."
        if newest is not None:
            hint = f"Start Legwork again: it restores what can't be read from the backup of {moment(newest.taken_at)}."
        what = damage.what if isinstance(damage, DatabaseDamaged) else "is damaged"
        told = f"The database {what}. What can be read is shown and kept; tasks that can't be read are left out."
        self._board.put(Notice(key=DAMAGED, message=told, hint=hint))

    async def _do(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.wrap_future(self._thread.submit(work))
        except DatabaseDamaged as damage:
            note_suspicion(self._database, damage.what)
            self.tell(damage)
        except StorageFailed as error:
            logger.warning("the database could not be looked after: %s", error)
        except Exception:
            logger.exception("the database could not be looked after")

    async def _give_up_late(self) -> None:
        await self._clock.sleep(LAST_SECONDS)
        logger.info("the last backup takes too long: one is made after the next start")
        self.give_up()

    def _begin_anew(self) -> None:
        self._given_up.clear()

    def _look(self) -> None:
        try:
            what = damage_in_depth(self._database, self._given_up.is_set)
        except apsw.InterruptError:
            return
        except (apsw.Error, OSError) as error:
            raise storage_failure(error, self._database) from error
        if what:
            raise DatabaseDamaged(self._database, what)

    def _back_up(self) -> None:
        if suspicion_of(self._database).exists() or not self._is_due():
            return
        try:
            made = self._backups.make(self._given_up.is_set)
        except apsw.InterruptError:
            return
        if made is None:
            logger.info("no room for a backup of the database")
        else:
            logger.info("backup %s, %d bytes", made.path.name, made.size)

    def _is_due(self) -> bool:
        newest = next(iter(self._backups.newest_first()), None)
        if newest is None:
            return True
        return self._clock.now() - newest.taken_at >= BETWEEN_BACKUPS and _has_changed(self._database, newest.taken_at)


def _has_changed(database: Path, since: datetime) -> bool:
    changed = last_change(database)
    return changed is not None and changed > since
