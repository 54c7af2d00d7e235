"""The schema, version by version. A released step never changes; a new one is added at the end."""

from pathlib import Path
from typing import Final

from playhouse.apsw_ext import APSWDatabase

from desktop.engine import StorageFailed

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
    (),  # from here on every page has a checksum, see `page_checksums`: there is nothing to change in the tables
    (
        "ALTER TABLE tasks ADD COLUMN trash_cause TEXT",
        "ALTER TABLE tasks ADD COLUMN trash_seen REAL",
        "ALTER TABLE tasks ADD COLUMN in_trash INTEGER AS (trash_cause IS NOT NULL)",
        # lists are of what is in Trash, or of what is not
        "DROP INDEX tasks_by_status",
        "DROP INDEX tasks_by_kind",
        "DROP INDEX tasks_by_kind_and_status",
        "CREATE INDEX tasks_in_order ON tasks (in_trash, task_id)",
        "CREATE INDEX tasks_by_status ON tasks (in_trash, status, task_id)",
        "CREATE INDEX tasks_by_kind ON tasks (in_trash, kind, task_id)",
        "CREATE INDEX tasks_by_kind_and_status ON tasks (in_trash, kind, status, task_id)",
        "CREATE INDEX tasks_by_expiry ON tasks (in_trash, pinned, status, expires_at)",
        "CREATE INDEX trash_by_expiry ON tasks (trash_cause, expires_at)",
        "CREATE INDEX trash_by_seen_time ON tasks (trash_seen)",
        # in the counts, those in Trash have a status of their own
        "DROP TRIGGER count_new_task",
        "DROP TRIGGER count_moved_task",
        "DROP TRIGGER count_deleted_task",
        """CREATE TRIGGER count_new_task AFTER INSERT ON tasks BEGIN
            INSERT INTO task_counts VALUES (iif(new.in_trash, 'trash', new.status), 1)
                ON CONFLICT DO UPDATE SET count = count + 1;
        END""",
        """CREATE TRIGGER count_moved_task AFTER UPDATE OF status, trash_cause ON tasks
            WHEN new.status <> old.status OR new.in_trash <> old.in_trash BEGIN
            UPDATE task_counts SET count = count - 1 WHERE status = iif(old.in_trash, 'trash', old.status);
            INSERT INTO task_counts VALUES (iif(new.in_trash, 'trash', new.status), 1)
                ON CONFLICT DO UPDATE SET count = count + 1;
        END""",
        """CREATE TRIGGER count_deleted_task AFTER DELETE ON tasks BEGIN
            UPDATE task_counts SET count = count - 1 WHERE status = iif(old.in_trash, 'trash', old.status);
        END""",
        # tasks that are gone, and whose files are still to go
        "CREATE TABLE purged (task_id TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE seen_time (only INTEGER PRIMARY KEY CHECK (only = 1), seconds REAL NOT NULL, mark TEXT NOT NULL)",
        # the words of what is deleted go from the index at once, instead of when it is merged some day
        "INSERT INTO task_text (task_text, rank) VALUES ('secure-delete', 1)",
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
    (
        # in the task's own row, so that it goes with it; the newest one counts
        "ALTER TABLE tasks ADD COLUMN submission_key TEXT",
        "ALTER TABLE tasks ADD COLUMN submission_fingerprint TEXT",
        "CREATE INDEX tasks_by_submission_key ON tasks (submission_key, task_id) WHERE submission_key IS NOT NULL",
    ),
)

VERSION: Final = len(STEPS)
CHECKSUMS_SINCE: Final = 4
"""The first version in which every page has a checksum."""


def migrate(database: APSWDatabase) -> None:
    """Bring the schema up to date, in one transaction."""
    with database.atomic("IMMEDIATE"):
        for statements in STEPS[schema_version(database) :]:
            for statement in statements:
                database.execute_sql(statement)
        database.execute_sql(f"PRAGMA user_version = {VERSION}")


def lacks_steps(version: int, path: Path) -> bool:
    """Whether a database of that version has to be brought up to date.

    Raises `StorageFailed` for one that a newer Legwork made.
    """
    if version > VERSION:
        raise StorageFailed(
            f"The data in {path.parent} was written by a newer Legwork (format {version}, this one knows {VERSION}); "
            "nothing was changed.",
            hint="Start the newer Legwork, or choose another data folder with LEGWORK_DATA_DIR.",
        )
    return version < VERSION


def check_version(database: APSWDatabase, path: Path) -> None:
    """Raise `StorageFailed` unless the schema is this version's: whoever only looks can't bring it up to date."""
    version = schema_version(database)
    if lacks_steps(version, path):
        raise StorageFailed(
            f"The data in {path.parent} was written by an older Legwork (format {version}, this one needs {VERSION}); "
            "nothing was changed.",
            hint="Start Legwork once; it brings the data up to date.",
        )


def schema_version(database: APSWDatabase) -> int:
    """The format of the database; 0 where it is empty."""
    (version,) = database.execute_sql("PRAGMA user_version").fetchone()
    return int(version)
