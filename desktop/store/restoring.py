"""A damaged database is set aside, the newest whole backup takes its place, and what that cost is written down."""

import logging
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import apsw
import msgspec
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import Notice
from desktop.store.backups import Backup, Backups
from desktop.store.failures import DatabaseDamaged, storage_failure
from desktop.store.folders import sync_folder
from desktop.store.migrations import VERSION, migrate
from desktop.store.page_checksums import header_of, sync_file, use_page_checksums
from desktop.store.salvage import Salvage, carry_over
from desktop.store.soundness import damage_in_depth

logger = logging.getLogger(__name__)

SET_ASIDE: Final = "damaged"
"""The folder, in the data folder, in which a folder for each damaged database lies."""

TOLD_FOR: Final = timedelta(days=7)
"""So long every start tells of it, while what was set aside is there."""

_REPORT: Final = "report.json"
_BESIDE: Final = ("", "-wal", "-shm", "-journal")
_NAMED: Final = 5


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    at: datetime
    message: str
    hint: str


def restore(database: Path, backups: Backups, damage: DatabaseDamaged, now: Callable[[], datetime]) -> None:
    """Put the newest whole backup in the place of the damaged database, with all that can still be read in that one.

    Raises `DatabaseDamaged` where there is none, and `StorageFailed` where it can't be copied: then all is as before.
    """
    backup = _newest_whole(database, backups, damage)
    fresh = database.with_name(f"{database.name}.new")
    try:
        shutil.copyfile(backup.path, fresh)
        _bring_up_to_date(fresh)
        changed_at = last_change(database)
        saved = carry_over(database, fresh) if damage.is_readable else Salvage()
        unknown = _unknown_tasks(database.parent / "runs", fresh)
        aside = _folder_for(database, now())
        _write_report(aside, now(), _message(damage.what, backup, changed_at, saved, unknown))
        install(fresh, database, set_aside=aside)
    except (OSError, apsw.Error) as error:
        raise storage_failure(error, database) from error
    finally:
        with suppress(OSError):
            fresh.unlink()
    suspicion_of(database).unlink(missing_ok=True)


def install(fresh: Path, database: Path, *, set_aside: Path | None = None) -> None:
    """Let a whole and closed database take the place of another one, which nobody has open. What it had goes with it.

    Killed at any moment, the place holds the one or the other; or nothing, and what was there is in `set_aside`.
    """
    sync_file(fresh)
    if set_aside is not None:
        for ending in _BESIDE:  # the database first: without its log it would look like a good one
            with suppress(FileNotFoundError):
                _beside(database, ending).replace(set_aside / f"{database.name}{ending}")
        sync_folder(set_aside)
    for ending in _BESIDE[1:]:
        _beside(database, ending).unlink(missing_ok=True)
    sync_folder(database.parent)
    fresh.replace(database)
    sync_folder(database.parent)


def keep_lost_log(database: Path, now: datetime) -> None:
    """Set a damaged log aside, and write down that changes are lost. The database without them is sound."""
    aside = _folder_for(database, now)
    for ending in _BESIDE[1:]:
        with suppress(FileNotFoundError):
            shutil.copyfile(_beside(database, ending), aside / f"{database.name}{ending}")
    told = (
        "The last changes before Legwork ended are lost: the log of the database was damaged. "
        f"All before them is kept (the database is of {moment(last_change(database))})."
    )
    _write_report(aside, now, told)


def tell_of_missing_history(database: Path, now: datetime) -> None:
    """Write down that a new database begins although tasks have files here: theirs is gone, and there is no backup."""
    unknown = sorted(path.name for path in (database.parent / "runs").glob("*") if path.is_dir())
    if unknown:
        told = f"The database {database} is gone and there is no backup of it, so a new one was made."
        _write_report(_folder_for(database, now), now, f"{told} {_files_of(unknown)}")


def notices(database: Path, now: datetime) -> tuple[Notice, ...]:
    """What was set aside lately, oldest first."""
    told = []
    for folder in sorted((database.parent / SET_ASIDE).glob("*/")):
        with suppress(OSError, msgspec.DecodeError):
            report = msgspec.json.decode((folder / _REPORT).read_bytes(), type=_Report)
            if now - report.at < TOLD_FOR:
                told.append(Notice(key=report.key, message=report.message, hint=report.hint))
    return tuple(told)


def suspicion_of(database: Path) -> Path:
    """The file that says, in words, what damage was met in the database, until a start has looked through all of it."""
    return database.with_name(f"{database.name}-suspect")


def note_suspicion(database: Path, what: str) -> None:
    """Let the next start look through all of the database before anything else. Only a help: it may fail."""
    with suppress(OSError):
        suspicion_of(database).write_text(what, encoding="utf-8")


def _newest_whole(database: Path, backups: Backups, damage: DatabaseDamaged) -> Backup:
    for backup in backups.newest_first():
        header = header_of(backup.path)
        if header is not None and header[1] <= VERSION and not damage_in_depth(backup.path):
            return backup
    raise DatabaseDamaged(database, f"{damage.what}; no backup in {backups.folder} is whole")


def _bring_up_to_date(fresh: Path) -> None:
    use_page_checksums()
    database = APSWDatabase(str(fresh), pragmas={"synchronous": "off"})
    try:
        migrate(database)
    finally:
        database.close()


def _beside(database: Path, ending: str) -> Path:
    return database.with_name(f"{database.name}{ending}")


def last_change(database: Path) -> datetime | None:
    """When it was written to the last time, as far as the file system knows."""
    found = [path.stat() for ending in ("", "-wal") if (path := _beside(database, ending)).exists()]
    times = [one.st_mtime for one in found if one.st_size]  # a log without anything is as old as the start
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _unknown_tasks(runs: Path, fresh: Path) -> list[str]:
    with closing(apsw.Connection(str(fresh), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        known = {task_id for (task_id,) in connection.execute("SELECT task_id FROM tasks")}
    return sorted(path.name for path in runs.glob("*") if path.is_dir() and path.name not in known)


def _folder_for(database: Path, now: datetime) -> Path:
    folder = database.parent / SET_ASIDE / now.strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _message(damage: str, backup: Backup, changed_at: datetime | None, saved: Salvage, unknown: list[str]) -> str:
    until = moment(changed_at) if changed_at is not None else "the database was lost"
    said = [f"The database {damage}. The backup of {moment(backup.taken_at)} was put in its place."]
    if saved.tasks:
        said.append(f"{_tasks(saved.tasks)} that changed since then could still be read and were taken over.")
    if not saved.is_all:
        said.append(f"Anything else that changed between {moment(backup.taken_at)} and {until} is lost.")
    if unknown:
        said.append(_files_of(unknown))
    return " ".join(said)


def _files_of(unknown: list[str]) -> str:
    named = ", ".join(unknown[:_NAMED]) + (f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else "")
    return f"Files of {_tasks(len(unknown))} that it does not know are kept in the folder runs: {named}."


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"


def moment(at: datetime | None) -> str:
    """For a person, in their time zone."""
    return "an unknown time" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def _write_report(aside: Path, now: datetime, message: str) -> None:
    hint = f"What was there before is kept in {aside}; delete that folder when you don't need it."
    report = _Report(key=f"database-{aside.name}", at=now, message=message, hint=hint)
    path = aside / _REPORT
    path.write_bytes(msgspec.json.encode(report))
    logger.warning("%s %s", message, hint)
    sync_file(path)
    sync_folder(aside)
    sync_folder(aside.parent)
