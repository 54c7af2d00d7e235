"""What can still be read in a damaged database is taken over, task by task. Checksums vouch for every page of it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from desktop.engine import Task
from desktop.store.migrations import VERSION
from desktop.store.page_checksums import header_of, use_page_checksums
from desktop.store.tables import decode_task

Row = dict[str, Any]

OF_A_TASK: Final = ("requests", "events", "journal", "past_runs", "deliveries", "webhook_secrets")
"""The tables with rows of a task, apart from its own and the full text."""

NUMBERED_TOGETHER: Final = ("journal", "deliveries")
"""Those of them whose rows have numbers among the rows of all tasks."""

_STATE: Final = """SELECT tasks.task_id, tasks.state,
    (SELECT max(number) FROM events WHERE task = tasks.number),
    (SELECT max(number) FROM journal WHERE task = tasks.number),
    (SELECT json_group_array(delivery_id || status || attempts || due) FROM deliveries WHERE task = tasks.number),
    (SELECT secrets FROM webhook_secrets WHERE task = tasks.number)
    FROM tasks WHERE number = ?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """How many tasks were newer in the damaged database, and whether all that changed could be read."""

    tasks: int = 0
    is_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    row: Row
    task: Task
    rest: dict[str, list[Row]]


def carry_over(damaged: Path, fresh: Path) -> Salvage:
    """Write into `fresh`, an older state of the same database, all tasks of `damaged` that differ and are readable.

    What is only in `fresh` stays. Raises `apsw.Error` where `fresh` can't be written.
    """
    use_page_checksums()
    if not damaged.exists() or header_of(damaged) != (True, VERSION):  # without checksums nothing of it can be trusted
        return Salvage()
    with (
        closing(apsw.Connection(str(damaged), flags=apsw.SQLITE_OPEN_READONLY)) as source,
        closing(apsw.Connection(str(fresh))) as target,
    ):
        target.pragma("foreign_keys", 1)
        target.pragma("synchronous", "off")  # whoever puts it in its place syncs it
        try:
            source.execute("BEGIN")
            last = source.execute("SELECT coalesce(max(number), 0) FROM tasks").get
        except apsw.Error:
            return Salvage()
        target.execute("BEGIN")
        salvage = _carry_all(source, target, last)
        target.execute("COMMIT")
    return salvage


def _carry_all(source: apsw.Connection, target: apsw.Connection, last: int) -> Salvage:
    carried, is_all = 0, True
    for number in range(1, last + 1):  # each looked up by itself: a walk would end at the first damaged page
        try:
            found = _read(source, number) if _differs(source, target, number) else None
        except (apsw.Error, msgspec.DecodeError, _Unreadable):
            is_all = False
            continue
        if found is not None:
            _write(target, found)
            carried += 1
    rest = (_carry_measurements(source, target), _carry_retention(source, target))
    return Salvage(tasks=carried, is_all=is_all and all(rest))


def _differs(source: apsw.Connection, target: apsw.Connection, number: int) -> bool:
    there = source.execute(_STATE, (number,)).fetchone()
    return there is not None and there != target.execute(_STATE, (number,)).fetchone()


class _Unreadable(Exception):
    """A page of zeros was read, whose checksum is right."""


def _read(source: apsw.Connection, number: int) -> _Found:
    (row,) = _rows(source, "SELECT * FROM tasks WHERE number = ?", number)
    del row["in_trash"]  # which the database computes
    rest = {
        table: list(_rows(source, f"SELECT * FROM {table} WHERE task = ?", number))  # noqa: S608 - our own names
        for table in OF_A_TASK
    }
    for table in NUMBERED_TOGETHER:
        rest[table].sort(key=lambda row: int(row.pop("number")))  # given anew, in the same order
    return _Found(row=row, task=decode_task(rest["requests"][0]["body"], row["state"]), rest=rest)


def _rows(connection: apsw.Connection, statement: str, number: int) -> Iterator[Row]:
    cursor = connection.execute(statement, (number,))
    for values in cursor:
        if any(isinstance(value, bytes) and b"\0" in value for value in values):
            raise _Unreadable
        yield dict(zip((name for name, *_ in cursor.get_description()), values, strict=True))


def _write(target: apsw.Connection, found: _Found) -> None:
    task, number = found.task, found.row["number"]
    target.execute("DELETE FROM tasks WHERE number = ? OR task_id = ?", (number, task.task_id))
    target.execute("DELETE FROM task_text WHERE rowid = ?", (number,))
    _insert(target, "tasks", found.row)
    summary = task.result.summary if task.result is not None else ""
    words = {"rowid": number, "title": task.title, "goal": task.request.goal, "summary": summary}
    _insert(target, "task_text", words)
    for table, rows in found.rest.items():
        for row in rows:
            _insert(target, table, row)


def _insert(target: apsw.Connection, table: str, row: Row) -> None:
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    target.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", tuple(row.values()))  # noqa: S608


def _carry_measurements(source: apsw.Connection, target: apsw.Connection) -> bool:
    last = target.execute("SELECT coalesce(max(number), 0) FROM measurements").get
    try:
        rows = list(_rows(source, "SELECT * FROM measurements WHERE number > ?", last))
    except (apsw.Error, _Unreadable):
        return False
    for row in rows:
        _insert(target, "measurements", row)
    return True


def _carry_retention(source: apsw.Connection, target: apsw.Connection) -> bool:
    """What was removed for good since, and has files left, goes again; and the time that was seen counts."""
    try:
        gone = list(source.execute("SELECT task_id FROM purged"))
        seen = list(source.execute("SELECT only, seconds, mark FROM seen_time"))
    except apsw.Error:
        return False
    for row in gone:
        target.execute("DELETE FROM task_text WHERE rowid = (SELECT number FROM tasks WHERE task_id = ?)", row)
        target.execute("DELETE FROM tasks WHERE task_id = ?", row)
        target.execute("INSERT OR IGNORE INTO purged VALUES (?)", row)
    for row in seen:
        target.execute("INSERT OR REPLACE INTO seen_time VALUES (?, ?, ?)", row)
    return True
