"""How a database is opened: made where there is none, brought up to date, never taken for new where it was emptied."""

from contextlib import suppress
from pathlib import Path

from playhouse.apsw_ext import APSWDatabase

from desktop.engine import StorageFailed
from desktop.store.folders import sync_folder
from desktop.store.migrations import check_version, migrate


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


def open_to_look(database: APSWDatabase, path: Path) -> None:
    """Connect to a database that is up to date. Raises `StorageFailed`."""
    _connect(database)
    check_version(database, path)


def _connect(database: APSWDatabase) -> None:
    database.connect()
    database.execute_sql("SELECT count(*) FROM sqlite_schema").fetchone()


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
