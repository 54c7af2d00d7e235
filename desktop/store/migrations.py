"""The schema, version by version. A released step never changes; a new one is added at the end."""

import os
from pathlib import Path
from typing import Final

from playhouse.apsw_ext import APSWDatabase

from desktop.engine import StorageFailed
from desktop.store.folders import sync_folder

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE tasks (
            number INTEGER PRIMARY KEY,
            task_id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            run INTEGER NOT NULL,
            expires_at TEXT NOT NULL,
            pinned INTEGER NOT NULL,
            state BLOB NOT NULL
        )""",
        # apart from the state: a request may hold megabytes of text, and the state is written with every finished item
        """CREATE TABLE requests (
            task INTEGER PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
            body BLOB NOT NULL
        )""",
        "CREATE INDEX tasks_by_status ON tasks (status, task_id)",
        "CREATE INDEX tasks_by_kind ON tasks (kind, task_id)",
        """CREATE TABLE events (
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            number INTEGER NOT NULL,
            type TEXT NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (task, number)
        ) WITHOUT ROWID""",
        """CREATE TABLE journal (
            number INTEGER PRIMARY KEY,
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            run INTEGER NOT NULL,
            step TEXT NOT NULL,
            item TEXT NOT NULL,
            inputs_hash TEXT NOT NULL,
            result BLOB NOT NULL,
            seconds REAL NOT NULL,
            UNIQUE (task, run, step, item)
        )""",
        """CREATE TABLE past_runs (
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            run INTEGER NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (task, run)
        ) WITHOUT ROWID""",
        """CREATE TABLE measurements (
            number INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            model TEXT NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE INDEX measurements_by_model ON measurements (kind, model, number)",
        """CREATE VIRTUAL TABLE task_text USING fts5 (
            title, goal, summary, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
        )""",
    ),
    (
        "CREATE INDEX tasks_by_kind_and_status ON tasks (kind, status, task_id)",
        "CREATE INDEX journal_by_run ON journal (task, run)",
    ),
    (
        # counted by the database itself, so that no way of changing a task can forget to
        "CREATE TABLE task_counts (status TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO task_counts SELECT status, count(*) FROM tasks GROUP BY status",
        """CREATE TRIGGER count_new_task AFTER INSERT ON tasks BEGIN
            INSERT INTO task_counts VALUES (new.status, 1) ON CONFLICT DO UPDATE SET count = count + 1;
        END""",
        """CREATE TRIGGER count_moved_task AFTER UPDATE OF status ON tasks WHEN new.status <> old.status BEGIN
            UPDATE task_counts SET count = count - 1 WHERE status = old.status;
            INSERT INTO task_counts VALUES (new.status, 1) ON CONFLICT DO UPDATE SET count = count + 1;
        END""",
        """CREATE TRIGGER count_deleted_task AFTER DELETE ON tasks BEGIN
            UPDATE task_counts SET count = count - 1 WHERE status = old.status;
        END""",
    ),
    (
        """CREATE TABLE deliveries (
            number INTEGER PRIMARY KEY,
            delivery_id TEXT NOT NULL UNIQUE,
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            lane TEXT NOT NULL,
            occasion TEXT NOT NULL,
            status TEXT NOT NULL,
            due REAL NOT NULL,
            attempts INTEGER NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE INDEX deliveries_by_task ON deliveries (task)",
        "CREATE INDEX deliveries_by_lane ON deliveries (task, lane, status)",
        "CREATE INDEX deliveries_by_status ON deliveries (status)",
        "CREATE INDEX deliveries_by_due ON deliveries (status, due)",
        # apart from the request, so that whoever reads a task never has them
        """CREATE TABLE webhook_secrets (
            task INTEGER PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
            secrets BLOB NOT NULL
        )""",
    ),
)

VERSION: Final = len(STEPS)


def migrate(database: APSWDatabase, path: Path) -> None:
    """Bring the schema up to date, in one transaction; what there was is copied beside it first.

    Raises `StorageFailed` for a database that a newer Legwork made.
    """
    version = schema_version(database)
    if version > VERSION:
        raise _newer(version, path)
    if version == VERSION:
        return
    if version > 0:
        _copy(database, path.with_name(f"{path.stem}-format-{version}.db"))
    with database.atomic("IMMEDIATE"):
        for statements in STEPS[version:]:
            for statement in statements:
                database.execute_sql(statement)
        database.execute_sql(f"PRAGMA user_version = {VERSION}")


def check_version(database: APSWDatabase, path: Path) -> None:
    """Raise `StorageFailed` unless the schema is this version's: whoever only looks can't bring it up to date."""
    version = schema_version(database)
    if version > VERSION:
        raise _newer(version, path)
    if version < VERSION:
        raise StorageFailed(
            f"The data in {path.parent} was written by an older Legwork (format {version}, this one needs {VERSION}); "
            "nothing was changed.",
            hint="Start Legwork once; it brings the data up to date.",
        )


def _newer(version: int, path: Path) -> StorageFailed:
    return StorageFailed(
        f"The data in {path.parent} was written by a newer Legwork (format {version}, this one knows {VERSION}); "
        "nothing was changed.",
        hint="Start the newer Legwork, or choose another data folder with LEGWORK_DATA_DIR.",
    )


def schema_version(database: APSWDatabase) -> int:
    """The format of the database; 0 where it is empty."""
    (version,) = database.execute_sql("PRAGMA user_version").fetchone()
    return int(version)


def _copy(database: APSWDatabase, target: Path) -> None:
    """Copy the database, under another name until the copy is whole and on disk."""
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    database.execute_sql("VACUUM INTO ?", (str(fresh),))
    with fresh.open("rb+") as copied:
        os.fsync(copied.fileno())
    fresh.replace(target)
    sync_folder(target.parent)
