"""No question to the store costs more the more there is in it, by what SQLite says of each statement that it runs."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import (
    Change,
    Delivery,
    DeliveryQuery,
    DeliveryStatus,
    Event,
    Occasion,
    RunNumber,
    SeenTime,
    Task,
    TaskQuery,
    TaskStatus,
    TrashCause,
    Trashed,
)
from desktop.store import SqliteStore, open_store
from tests.contract.test_store_deliveries import delivery
from tests.unit.store.samples import NOW, completed, entry, item_finished, measurement, submitted, task, task_id

TASKS = 2_000
KINDS = ("documents", "research", "code")
STATUSES = tuple(TaskStatus)
CAUSES = tuple(TrashCause)
ONE = task(7)
STAY = Trashed(at=NOW, cause=TrashCause.PERSON, seen=1.0)

Statement = tuple[str, Any]
Ask = Callable[[SqliteStore], Awaitable[object]]

LOOK_INTO_FULL_TEXT = re.compile(r"SCAN \w+ VIRTUAL TABLE INDEX \d+:[M=]")
WALK_IN_ORDER = re.compile(r"SCAN \w+( USING (COVERING )?INDEX|$)")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a history."""
    folder = tmp_path_factory.mktemp("full")
    asyncio.run(fill(folder))
    return folder / "legwork.db"


def told(one: Task, _events: tuple[Event, ...]) -> tuple[Delivery, ...]:
    """Two deliveries for each task, the later one behind the earlier."""
    number = int(one.task_id[3:])
    return (delivery(2 * number, of=number, occasion=Occasion.PROGRESS), delivery(2 * number + 1, of=number))


async def fill(folder: Path) -> None:
    store = open_store(folder)
    for number in range(1, TASKS + 1):
        store.post_with(told, lambda: None)
        stay = Trashed(at=NOW, cause=CAUSES[number // 4 % 2], seen=float(number)) if number % 4 == 0 else None
        one = task(number, kind=KINDS[number % 3], status=STATUSES[number % 7], trashed=stay)
        await store.add(submitted(one))
        store.post_with(lambda _one, _events: (), lambda: None)
        done = Change(task=one, events=(item_finished(one, 1),), entry=entry(one, "1"), measurement=measurement(2.0))
        await store.record(done)
    await store.close()


@pytest.fixture
async def store(full: Path, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    shutil.copy(full, tmp_path)
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def statements(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> list[Statement]:
    """Every statement that the store runs from now on."""
    seen: list[Statement] = []
    execute = APSWDatabase.execute_sql

    def heard(database: APSWDatabase, sql: str, params: Any = None) -> Any:
        seen.append((sql, params))
        return execute(database, sql, params)

    monkeypatch.setattr(APSWDatabase, "execute_sql", heard)
    return seen


async def complaints(store: SqliteStore, statements: list[Statement]) -> list[str]:
    """The lines of the statements' plans by which they would get slower with every task."""
    found = []
    for sql, params in list(statements):
        if not sql.startswith(("BEGIN", "COMMIT")):
            found += [f"{line}: {sql}" for line in await plan_of(store, sql, params) if is_slow(line, sql)]
    return found


async def plan_of(store: SqliteStore, sql: str, params: Any) -> list[str]:
    explain = f"EXPLAIN QUERY PLAN {sql}"
    return await store._reader.do(lambda database: [row[3] for row in database.execute_sql(explain, params)])


def is_slow(line: str, sql: str) -> bool:
    if "TEMP B-TREE" in line:
        return True
    if not line.startswith("SCAN") or LOOK_INTO_FULL_TEXT.match(line):
        return False
    if any(name in sql for name in ("task_counts", "purged", "seen_time")):  # never more than a few rows
        return False
    is_ended_by_its_limit = "WHERE" not in sql and "LIMIT" in sql
    return not (WALK_IN_ORDER.match(line) and is_ended_by_its_limit)


async def post_progress(store: SqliteStore) -> None:
    """Progress that takes the place of what was posted before."""
    store.post_with(lambda _one, _events: (delivery(9_999, of=7, occasion=Occasion.PROGRESS),), lambda: None)
    await store.record(Change(task=ONE, events=(item_finished(ONE, 3),)))


SOME = frozenset({TaskStatus.QUEUED, TaskStatus.FAILED, TaskStatus.RUNNING})
NARROWED = [
    TaskQuery(statuses=statuses, kind=kind, text=text, cursor=cursor, trashed=trashed)
    for statuses in (frozenset(), frozenset({TaskStatus.FAILED}), SOME, frozenset(TaskStatus))
    for kind in (None, "research")
    for text in ("", "tenders", "compare tend")
    for cursor in (None, task_id(1_500))
    for trashed in (False, True)
]
QUESTIONS: dict[str, Ask] = {
    "task": lambda store: store.task(ONE.task_id),
    "keyed": lambda store: store.keyed("order-7"),
    "unfinished": lambda store: store.unfinished(),
    "counts": lambda store: store.counts(),
    "trash count": lambda store: store.trash_count(),
    "expired": lambda store: store.expired(NOW + timedelta(days=99)),
    "trashed early": lambda store: store.trashed_early(NOW),
    "trashed before": lambda store: store.trashed_before(99.0),
    "purge": lambda store: store.purge(task_id(8)),
    "purged": lambda store: store.purged(),
    "forget purged": lambda store: store.forget_purged(task_id(8)),
    "seen time": lambda store: store.seen_time(),
    "keep seen time": lambda store: store.keep_seen_time(SeenTime(seconds=1.0, mark=NOW)),
    "to Trash": lambda store: store.record(Change(task=replace(ONE, trashed=STAY))),
    "newest": lambda store: store.newest_task_id(),
    "events": lambda store: store.events(ONE.task_id),
    "events after": lambda store: store.events(ONE.task_id, after=1),
    "journal": lambda store: store.journal(ONE.task_id, RunNumber(1)),
    "past runs": lambda store: store.past_runs(ONE.task_id),
    "measurements": lambda store: store.measurements("documents", "small"),
    "waiting deliveries": lambda store: store.waiting_deliveries(32),
    "deliveries": lambda store: store.deliveries(DeliveryQuery(limit=20)),
    "dead deliveries": lambda store: store.deliveries(DeliveryQuery(status=DeliveryStatus.DEAD, cursor=900)),
    "deliveries of a task": lambda store: store.deliveries(DeliveryQuery(task_id=ONE.task_id)),
    "pending ones of a task": lambda store: store.deliveries(
        DeliveryQuery(task_id=ONE.task_id, status=DeliveryStatus.PENDING, cursor=900)
    ),
    "delivery": lambda store: store.delivery(delivery(14).delivery_id),
    "keep delivery": lambda store: store.keep_delivery(delivery(14, of=7)),
    "secrets": lambda store: store.webhook_secrets(ONE.task_id),
    "new secrets": lambda store: store.keep_webhook_secrets(ONE.task_id, ("whsec_",)),
    "post": lambda store: post_progress(store),
    "add": lambda store: store.add(submitted(task(TASKS + 1))),
    "record": lambda store: store.record(Change(task=completed(ONE, "Done."), events=(item_finished(ONE, 2),))),
    "retry": lambda store: store.record(Change(task=replace(ONE, run=RunNumber(2)), entry=entry(ONE, "1", run=2))),
}


@pytest.mark.parametrize("query", NARROWED, ids=range(len(NARROWED)))
async def test_a_list_is_read_from_an_index_in_its_order(
    store: SqliteStore, statements: list[Statement], query: TaskQuery
) -> None:
    page = await store.find(query)
    assert page.tasks
    assert len(statements) == 1
    assert await complaints(store, statements) == []


@pytest.mark.parametrize("question", QUESTIONS)
async def test_whatever_else_is_asked_is_looked_up(
    store: SqliteStore, statements: list[Statement], question: str
) -> None:
    await QUESTIONS[question](store)
    assert statements
    assert await complaints(store, statements) == []


SLOW = [
    "SELECT * FROM tasks",
    "SELECT count(*) FROM tasks WHERE pinned = 1",
    "SELECT status, count(*) FROM tasks GROUP BY status",
    "SELECT * FROM tasks WHERE status IN ('failed', 'queued') ORDER BY task_id DESC LIMIT 5",
    "SELECT * FROM tasks WHERE pinned ORDER BY task_id LIMIT 5",
    "SELECT * FROM journal WHERE step = 'read'",
    "SELECT * FROM events ORDER BY body LIMIT 5",
    "SELECT rowid FROM task_text LIMIT 5",
]


@pytest.mark.parametrize("sql", SLOW)
async def test_what_would_get_slower_is_seen(store: SqliteStore, sql: str) -> None:
    assert await complaints(store, [(sql, ())])
