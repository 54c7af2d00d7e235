"""How a database is opened: made where there is none, brought up to date, never taken for new where it was emptied."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw
from peewee import PeeweeException
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import StorageFailed
from desktop.store.folders import sync_folder
from desktop.store.migrations import check_version, migrate

logger = logging.getLogger(__name__)

_INCREMENTAL: Final = 2
"""SQLite's auto_vacuum mode in which pages that hold nothing are given back when it is asked for."""


def open_to_write(database: APSWDatabase, path: Path) -> None:
    """Connect, and bring the schema up to date. Raises `StorageFailed`."""
    if not path.exists():
        _create(path)
    if path.stat().st_size == 0:
        raise StorageFailed(
            f"The database {path} is empty: what was in it is gone. Nothing was changed.",
            hint="Put a backup in its place, or move it away to begin anew.",
        )
    _connect(database)
    migrate(database, path)
    _let_space_go_back(database)


def open_to_look(database: APSWDatabase, path: Path) -> None:
    """Connect to a database that is up to date. Raises `StorageFailed`."""
    _connect(database)
    check_version(database, path)


def _connect(database: APSWDatabase) -> None:
    database.connect()
    database.execute_sql("SELECT count(*) FROM sqlite_schema").fetchone()


def _let_space_go_back(database: APSWDatabase) -> None:
    """Bring a database into the form whose file can become shorter again; it is written anew, once.

    Where that fails, as for want of room, it is tried again at the next start.
    """
    if database.execute_sql("PRAGMA auto_vacuum").fetchone() == (_INCREMENTAL,):
        return
    database.execute_sql(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
    try:
        database.execute_sql("VACUUM")
    except (PeeweeException, apsw.Error) as error:
        logger.warning("the database could not be written anew: %s", error)


def _create(path: Path) -> None:
    """Make a new database under another name first: one that is there by its own name was whole once."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    database = APSWDatabase(str(fresh), pragmas={"synchronous": "full"})
    try:
        migrate(database, fresh)
    finally:
        database.close()
    fresh.replace(path)
    sync_folder(path.parent)
    with suppress(PermissionError):  # the data folder may be new, and stand where only names may be looked up
        sync_folder(path.parent.parent)
