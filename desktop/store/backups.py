"""Copies of the database in a folder beside it, each one read through after it was made."""

import shutil
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import apsw

from desktop.store.failures import DatabaseDamaged, storage_failure
from desktop.store.folders import BACKUPS, sync_folder
from desktop.store.page_checksums import header_of, keep_checksums, sync_file, use_page_checksums, write_anew
from desktop.store.soundness import damage_in_depth

KEPT_NEWEST: Final = 3
KEPT_DAYS: Final = 7
"""Of so many of the last days on which there was a backup, the last one stays too."""

_NAME: Final = "legwork-%Y%m%dT%H%M%S.%fZ.db"
_PAGES_A_STEP: Final = 100
_PAGES_A_SYNC: Final = 500
_PAUSE_SECONDS: Final = 0.002
"""Between steps, so that whoever writes gets the disk in between."""

_ROOM: Final = 64 * 1024 * 1024
"""So many bytes stay free on the disk whatever is copied: tasks need them more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """The database as it was at a moment."""

    path: Path
    taken_at: datetime  # UTC
    size: int  # bytes


class Backups:
    """The copies of one database."""

    def __init__(self, database: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = database.parent / BACKUPS
        self._database = database
        self._now = now

    def newest_first(self) -> tuple[Backup, ...]:
        """All there are."""
        found = (_backup(path) for path in self.folder.glob("*.db"))
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.taken_at, reverse=True))

    def make(self, is_given_up: Callable[[], bool] = lambda: False) -> Backup | None:
        """Copy the database as it is now, see that the copy is whole, and let those go that are too many.

        Whoever writes to the database goes on meanwhile. None where there is not enough room for it on the disk; the
        backups that are there stay. Raises `StorageFailed`, `DatabaseDamaged` for one where the database is damaged,
        and `apsw.InterruptError` once `is_given_up`. Then nothing is left of the copy.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._clear()
            if shutil.disk_usage(self.folder).free < _size_with_log(self._database) + _ROOM:
                return None
            return self._make(self._now(), is_given_up)
        except apsw.InterruptError:
            raise
        except (apsw.Error, OSError) as error:
            raise storage_failure(error, self._database) from error

    def _make(self, taken_at: datetime, is_given_up: Callable[[], bool]) -> Backup:
        target = self.folder / taken_at.strftime(_NAME)
        part = target.with_suffix(".part")
        try:
            _copy(self._database, part, is_given_up)
            self._check(part, is_given_up)
            sync_file(part)
            part.replace(target)
            sync_folder(self.folder)
        except BaseException:
            self._clear()
            raise
        self._let_go()
        return Backup(path=target, taken_at=taken_at, size=target.stat().st_size)

    def _check(self, copy: Path, is_given_up: Callable[[], bool]) -> None:
        if what := damage_in_depth(copy, is_given_up):
            raise DatabaseDamaged(self._database, what)

    def _clear(self) -> None:
        """Take away what an interrupted copy left."""
        for left in self.folder.glob("*.part*"):
            with suppress(OSError):
                left.unlink()

    def _let_go(self) -> None:
        for backup in set(self.newest_first()) - set(kept(self.newest_first())):
            with suppress(OSError):
                backup.path.unlink()


def kept(newest_first: tuple[Backup, ...]) -> tuple[Backup, ...]:
    """Those that stay: the newest ones, and the last one of each of the last days on which there was any."""
    of_day: dict[date, Backup] = {}
    for backup in newest_first:
        of_day.setdefault(backup.taken_at.date(), backup)
    stay = {*newest_first[:KEPT_NEWEST], *list(of_day.values())[:KEPT_DAYS]}
    return tuple(backup for backup in newest_first if backup in stay)


def _backup(path: Path) -> Backup | None:
    with suppress(ValueError, OSError):
        taken_at = datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
        return Backup(path=path, taken_at=taken_at, size=path.stat().st_size)
    return None


def _size_with_log(database: Path) -> int:
    log = database.with_name(f"{database.name}-wal")
    return database.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _copy(database: Path, target: Path, is_given_up: Callable[[], bool]) -> None:
    use_page_checksums()
    header = header_of(database)
    if header is None:
        raise apsw.NotADBError
    has_checksums, _ = header
    if has_checksums:
        _copy_pages(database, target, is_given_up)
    else:
        write_anew(database, target)


def _copy_pages(database: Path, target: Path, is_given_up: Callable[[], bool]) -> None:
    """Page by page, as it was at the beginning: a read transaction holds on to that while others write."""
    with (
        closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as source,
        closing(apsw.Connection(str(target))) as copy,
    ):
        keep_checksums(copy)
        copy.pragma("synchronous", "off")  # it is synced piece by piece, and at the end
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with copy.backup("main", source, "main") as copying:
            since = 0
            while not copying.done:
                if is_given_up():
                    raise apsw.InterruptError
                copying.step(_PAGES_A_STEP)
                since += _PAGES_A_STEP
                if since >= _PAGES_A_SYNC:  # a disk that gets all at once in the end makes every other write wait
                    sync_file(target)
                    since = 0
                time.sleep(_PAUSE_SECONDS)
        copy.pragma("journal_mode", "delete")
