"""How a database is opened: made where there is none, put right where it is damaged, brought up to date.

It is never taken for new where there was one, and never read where it may not be what was written.
"""

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import apsw
from peewee import PeeweeException
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import StorageBlocked
from desktop.store.backups import Backups
from desktop.store.failures import DatabaseDamaged, storage_failure
from desktop.store.folders import sync_folder
from desktop.store.migrations import check_version, lacks_steps, migrate, schema_version
from desktop.store.page_checksums import keep_checksums, use_page_checksums
from desktop.store.reads import touch
from desktop.store.restoring import install, keep_lost_log, restore, suspicion_of, tell_of_missing_history
from desktop.store.soundness import damage_at_a_glance, damage_in_depth
from desktop.store.write_ahead import find_lost_changes

GONE: Final = "is gone"


def open_to_write(database: APSWDatabase, path: Path, now: Callable[[], datetime]) -> None:
    """Connect, after all that has to be put right. Raises `StorageFailed`."""
    use_page_checksums()
    backups = Backups(path, now)
    try:
        _look_over(path, backups, now)
        if not path.exists():
            tell_of_missing_history(path, now())
            _create(path)
        _bring_up_to_date(path, backups)
        _connect(database, path)
    except DatabaseDamaged as damage:
        database.close()
        restore(path, backups, damage, now)
        _connect(database, path)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # a new log: nothing older is in it


def open_beside_writer(database: APSWDatabase, path: Path) -> None:
    """Connect to a database that this process has open to write already.

    Nothing may look at its files any more: `find_lost_changes` would take the locks away (see `own_handle`).
    """
    _connect(database, path)


def open_to_look(database: APSWDatabase, path: Path) -> None:
    """Connect to a sound database that is up to date, and not open in this process. Raises `StorageFailed`."""
    use_page_checksums()
    if not path.exists():
        raise DatabaseDamaged(path, GONE)
    if what := damage_at_a_glance(path):
        raise DatabaseDamaged(path, what)
    if find_lost_changes(path) is not None:
        raise DatabaseDamaged(path, "is damaged: its last changes are lost")
    _connect(database, path)
    check_version(database, path)


def _look_over(path: Path, backups: Backups, now: Callable[[], datetime]) -> None:
    """Raise `DatabaseDamaged` for what a glance tells; for more where there is a suspicion already."""
    if not path.exists():
        if backups.newest_first():
            raise DatabaseDamaged(path, GONE)
        return
    if what := damage_at_a_glance(path):
        raise DatabaseDamaged(path, what)
    lost = find_lost_changes(path)
    if lost is not None and lost.is_mixture:
        raise DatabaseDamaged(path, "is damaged: its last changes are lost in part", is_readable=False)
    if lost is not None:
        keep_lost_log(path, now())
    suspicion = suspicion_of(path)
    if suspicion.exists() and backups.newest_first():
        if what := damage_in_depth(path):
            raise DatabaseDamaged(path, what)
        suspicion.unlink()


def _connect(database: APSWDatabase, path: Path) -> None:
    """Connect, and see that what every start needs can be read. Raises `StorageFailed`."""
    try:
        database.connect()
        database.execute_sql("SELECT count(*) FROM sqlite_schema").fetchone()
        if not lacks_steps(schema_version(database), path):
            touch(database)
    except (PeeweeException, apsw.Error) as error:
        raise storage_failure(error, path) from error


def _create(path: Path) -> None:
    """Make a new database under another name first: one that is there by its own name was whole once."""
    fresh = _beside(path)
    _make(fresh)
    install(fresh, path)
    with suppress(PermissionError):  # the data folder may be new, and stand where only names may be looked up
        sync_folder(path.parent.parent)


def _make(fresh: Path) -> None:
    fresh.unlink(missing_ok=True)
    with closing(apsw.Connection(str(fresh))) as connection:
        keep_checksums(connection)
    _migrate(fresh)


def _migrate(fresh: Path) -> None:
    database = APSWDatabase(str(fresh), pragmas={"synchronous": "full"})
    try:
        migrate(database)
    finally:
        database.close()


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _bring_up_to_date(path: Path, backups: Backups) -> None:
    """Back an older database up, and let a copy of that which is up to date take its place."""
    try:
        if not lacks_steps(_version(path), path):
            return
        _empty_log(path)
        backup = backups.make()
        if backup is None:
            raise apsw.FullError
        fresh = _beside(path)
        try:
            shutil.copyfile(backup.path, fresh)
            _migrate(fresh)
            install(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    except (PeeweeException, apsw.Error, OSError) as error:
        raise storage_failure(error, path) from error


def _version(path: Path) -> int:
    with closing(apsw.Connection(str(path))) as connection:
        return int(connection.pragma("user_version"))


def _empty_log(path: Path) -> None:
    """Bring all that is in the log into the database, so that it can be replaced. Raises `StorageBlocked`."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (is_held, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get
    if is_held:
        raise StorageBlocked(
            f"Another program reads the database {path}, which has to be brought up to date. Nothing was changed.",
            hint="End it, then start again.",
        )
