"""Databases as texts that can be reviewed. Run as a program it freezes the schema of today:

python -m tests.unit.store.frozen      writes versions/version_N.sql
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from desktop.store import migrations, open_store
from desktop.store.page_checksums import keep_checksums, use_page_checksums
from tests.unit.store.history import relive

VERSIONS = Path(__file__).with_name("versions")
LAST = ("index", "trigger")  # made after the rows, so that they find them there instead of acting on each


def file_of(version: int) -> Path:
    return VERSIONS / f"version_{version}.sql"


def versions() -> list[int]:
    return sorted(int(path.stem.removeprefix("version_")) for path in VERSIONS.glob("version_*.sql"))


def thaw(version: int, path: Path) -> None:
    """Make the database of that version anew."""
    use_page_checksums()
    with closing(apsw.Connection(str(path))) as database:
        if version >= migrations.CHECKSUMS_SINCE:
            keep_checksums(database)
        database.execute(file_of(version).read_text(encoding="utf-8"))


def dump(path: Path) -> str:
    """The statements that make this database."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as database:
        return ";\n".join([*_statements(database), "COMMIT"]) + ";\n"


def _statements(database: apsw.Connection) -> Iterator[str]:
    kinds = {name: kind for _, name, kind, *_ in database.execute("PRAGMA table_list") if kind != "shadow"}
    schema = list(database.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"))
    tables = [(name, sql) for kind, name, sql in schema if kind == "table" and name in kinds]
    yield "BEGIN"
    yield f"PRAGMA user_version = {database.pragma('user_version')}"
    for name, sql in tables:
        yield sql
        yield from _rows(database, name, with_rowid=kinds[name] == "virtual")
    yield from (sql for kind, _, sql in schema if kind in LAST)


def _rows(database: apsw.Connection, table: str, *, with_rowid: bool) -> Iterator[str]:
    columns = [column for _, column, *_ in database.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(["rowid"] * with_rowid + columns)
    for row in database.execute(f"SELECT {names} FROM {table}"):  # noqa: S608 - the schema's own names
        yield f"INSERT INTO {table} ({names}) VALUES ({','.join(_literal(value) for value in row).strip()})"  # noqa: S608


def _literal(value: Any) -> str:
    if isinstance(value, bytes):  # JSON, which a reviewer wants to read
        return f"\n  CAST({apsw.format_sql_value(value.decode())} AS BLOB)"
    return f" {apsw.format_sql_value(value)}"


async def freeze() -> Path:
    """Write the database of today's version with its history."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        await relive(store)
        await store.close()
        target = file_of(migrations.VERSION)
        target.write_text(dump(Path(folder) / "legwork.db"), encoding="utf-8")
        return target


if __name__ == "__main__":
    asyncio.run(freeze())
