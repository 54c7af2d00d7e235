"""The index of passages in SQLite. All of it runs on the thread that owns the connection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apsw
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import Indexed, Passage
from desktop.store.page_checksums import keep_checksums, use_page_checksums

VERSION: Final = 2
"""Of the tables, and of how documents are read and cut. An index of another version is built anew."""

PRAGMAS: Final[dict[str, str | int]] = {
    # A cache of one process: what a power failure takes of it is read again. Exclusive, it needs no memory shared
    # through a file, which would end the process where somebody cuts that file off.
    "locking_mode": "exclusive",
    "journal_mode": "wal",
    "synchronous": "normal",
    "foreign_keys": 1,
    "secure_delete": 1,  # what is removed is not left in free pages
}
HEADING_WEIGHT: Final = 2.0
"""What a word in the heading counts for, against one in the text."""

_TABLES: Final = (
    """CREATE TABLE documents (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        path BLOB,
        version TEXT NOT NULL,
        characters INTEGER NOT NULL,
        notes TEXT NOT NULL,
        used INTEGER NOT NULL
    )""",
    """CREATE TABLE passages (
        number INTEGER PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        place INTEGER NOT NULL,
        text TEXT NOT NULL,
        page INTEGER,
        line INTEGER,
        heading TEXT NOT NULL,
        UNIQUE (document, place)
    )""",
    """CREATE TABLE givers (
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        task TEXT NOT NULL,
        PRIMARY KEY (document, task)
    ) WITHOUT ROWID""",
    "CREATE INDEX given_by ON givers (task)",
    """CREATE VIRTUAL TABLE words USING fts5 (
        heading, text, content='passages', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2'
    )""",
    "INSERT INTO words (words, rank) VALUES ('secure-delete', 1)",  # nor are its words left in the index of them
    """CREATE TRIGGER passage_added AFTER INSERT ON passages BEGIN
        INSERT INTO words (rowid, heading, text) VALUES (new.number, new.heading, new.text);
    END""",
    """CREATE TRIGGER passage_gone AFTER DELETE ON passages BEGIN
        INSERT INTO words (words, rowid, heading, text) VALUES ('delete', old.number, old.heading, old.text);
    END""",
    f"PRAGMA user_version = {VERSION}",
)
_OF_PASSAGE: Final = "place, text, page, line, heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which document it is, and in which version."""

    key: str
    path: bytes | None  # of a file
    version: str  # another one means that it has changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found, and which of the documents are not in the index."""

    passages: tuple[Passage, ...]
    missing: tuple[str, ...]  # by their keys


def make_ready(database: APSWDatabase, path: Path) -> None:
    """Connect; where there is no index of this version, make one. Raises what SQLite raises for one that is damaged."""
    if not database.is_closed():
        return
    use_page_checksums()
    if not path.exists() or path.stat().st_size == 0:
        _create(database, path)
    database.connect()
    if _one(database, "PRAGMA user_version") != VERSION:
        _create(database, path)
        database.connect()


def begin_anew(database: APSWDatabase, path: Path) -> None:
    """Throw away what there is, whatever it is, and make an empty index."""
    _create(database, path)
    database.connect()


def _create(database: APSWDatabase, path: Path) -> None:
    with suppress(apsw.Error):  # of what is damaged
        database.close()
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    connection = apsw.Connection(str(path))
    try:
        keep_checksums(connection)
        with connection:
            for statement in _TABLES:
                connection.execute(statement)
    finally:
        connection.close()
    path.chmod(0o600)


def indexed(database: APSWDatabase, identity: Identity, name: str, today: int) -> Indexed | None:
    """The document if it is there in this version."""
    row = database.execute_sql(
        "SELECT number, characters, notes, (SELECT count(*) FROM passages WHERE document = documents.number) "
        "FROM documents WHERE key = ? AND version = ?",
        (identity.key, identity.version),
    ).fetchone()
    if row is None:
        return None
    number, characters, notes, passages = row
    database.execute_sql("UPDATE documents SET used = ? WHERE number = ? AND used <> ?", (today, number, today))
    return Indexed(document=name, passages=passages, characters=characters, notes=tuple(json.loads(notes)))


def write(
    database: APSWDatabase, identity: Identity, passages: Iterable[Passage], notes: Sequence[str], today: int
) -> None:
    """Put a document in, in place of what there was of it."""
    with database.atomic("IMMEDIATE"):
        remove(database, identity.key)
        database.execute_sql(
            "INSERT INTO documents (key, path, version, characters, notes, used) VALUES (?, ?, ?, 0, ?, ?)",
            (identity.key, identity.path, identity.version, json.dumps(list(notes)), today),
        )
        number = _one(database, "SELECT last_insert_rowid()")
        characters = 0
        for passage in passages:
            characters += len(passage.text)
            database.execute_sql(
                f"INSERT INTO passages (document, {_OF_PASSAGE}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
                (number, passage.number, passage.text, passage.page, passage.line, passage.heading),
            )
        database.execute_sql("UPDATE documents SET characters = ? WHERE number = ?", (characters, number))


def remove(database: APSWDatabase, key: str) -> None:
    """Let go of a document."""
    database.execute_sql("DELETE FROM documents WHERE key = ?", (key,))


def keep_giver(database: APSWDatabase, key: str, task_id: str) -> None:
    """Remember that a task gave this document."""
    database.execute_sql(
        "INSERT OR IGNORE INTO givers (document, task) SELECT number, ? FROM documents WHERE key = ?", (task_id, key)
    )


def forget_giver(database: APSWDatabase, task_id: str) -> None:
    """Let go of the documents that only this task gave."""
    with database.atomic("IMMEDIATE"):
        database.execute_sql(
            "DELETE FROM documents WHERE number IN (SELECT document FROM givers WHERE task = ?) "
            "AND NOT EXISTS (SELECT 1 FROM givers WHERE document = number AND task <> ?)",
            (task_id, task_id),
        )
        database.execute_sql("DELETE FROM givers WHERE task = ?", (task_id,))
    _reclaim(database)


def find(database: APSWDatabase, query: str, names: Mapping[str, str], limit: int) -> Found:
    """The best passages of these documents, whose names are by their keys; with those that are not there."""
    keys = json.dumps(list(names))
    there = database.execute_sql(
        "SELECT number, key FROM documents WHERE key IN (SELECT value FROM json_each(?))", (keys,)
    ).fetchall()
    known = dict(there)
    missing = tuple(names.keys() - known.values())
    if missing or not query or limit <= 0:
        return Found(passages=(), missing=missing)
    rows = database.execute_sql(
        f"SELECT passages.document, {_columns()} FROM words JOIN passages ON passages.number = words.rowid "  # noqa: S608
        "WHERE words MATCH ? AND passages.document IN (SELECT value FROM json_each(?)) "
        "ORDER BY bm25(words, ?, 1.0), passages.place, passages.document LIMIT ?",
        (query, json.dumps(list(known)), HEADING_WEIGHT, limit),
    ).fetchall()
    return Found(passages=tuple(_passage(names[known[row[0]]], row[1:]) for row in rows), missing=())


def around(database: APSWDatabase, key: str, name: str, first: int, last: int) -> tuple[Passage, ...] | None:
    """The document's passages from one place to another, both among them; None where it is not there."""
    number = _one(database, "SELECT number FROM documents WHERE key = ?", key)
    if number is None:
        return None
    rows = database.execute_sql(
        f"SELECT {_columns()} FROM passages WHERE document = ? AND place BETWEEN ? AND ? ORDER BY place",  # noqa: S608
        (number, first, last),
    ).fetchall()
    return tuple(_passage(name, row) for row in rows)


def sweep(database: APSWDatabase, since: int) -> None:
    """Let go of files that are gone, and of what nobody has used since that day."""
    rows = database.execute_sql("SELECT key, path, used FROM documents").fetchall()
    gone = [key for key, path, used in rows if used < since or (path is not None and not _exists(path))]
    for key in gone:
        remove(database, key)
    if gone:
        _reclaim(database)


def _reclaim(database: APSWDatabase) -> None:
    """Give the space of what was removed back, and leave nothing of it in the log either."""
    database.execute_sql("PRAGMA incremental_vacuum").fetchall()
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _exists(path: bytes) -> bool:
    try:
        return Path(path.decode("utf-8", "surrogatepass")).exists()
    except (OSError, ValueError):  # nobody can tell: the disk may be away
        return True


def _columns() -> str:
    return ", ".join(f"passages.{column}" for column in _OF_PASSAGE.split(", "))


def _passage(name: str, row: Sequence[Any]) -> Passage:
    place, text, page, line, heading = row
    return Passage(document=name, number=place, text=text, page=page, line=line, heading=heading)


def _one(database: APSWDatabase, statement: str, *values: Any) -> Any:
    row = database.execute_sql(statement, values).fetchone()
    return None if row is None else row[0]
