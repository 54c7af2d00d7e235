"""Tasks, events and the journal in SQLite: one thread writes, another one reads."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import apsw
import msgspec
from peewee import SQL, PeeweeException, fn
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import (
    UNFINISHED,
    Change,
    JournalEntry,
    Measurement,
    RecordedEvent,
    RunNumber,
    StorageFailed,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskStatus,
    UnknownTask,
)
from desktop.store.failures import storage_failure
from desktop.store.migrations import check_version, migrate
from desktop.store.tables import (
    EVENTS,
    JOURNAL,
    MEASUREMENTS,
    PAST_RUNS,
    REQUESTS,
    TASK_TEXT,
    TASKS,
    decode_event,
    decode_task,
    match_expression,
    task_columns,
)

T = TypeVar("T")

FILE_NAME: Final = "legwork.db"
BUSY_SECONDS: Final = 5.0
PRAGMAS: Final = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -8 * 1024}


class _Thread:
    """A database connection and the one thread that uses it."""

    def __init__(self, path: Path, name: str, *, readonly: bool) -> None:
        self._path = path
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        pragmas = {"query_only": 1} if readonly else PRAGMAS
        self.database = APSWDatabase(str(path), timeout=BUSY_SECONDS, pragmas=pragmas, flags=flags, autoconnect=False)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function(database, *arguments)` on the thread, in the order of calls. Raises `StorageFailed`."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._call, function, *arguments)

    def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return function(self.database, *arguments)
        except (PeeweeException, apsw.Error, OSError) as error:
            raise storage_failure(error, self._path) from error

    def do_now(self, function: Callable[..., T], *arguments: Any) -> T:
        """The same for whoever has no loop yet: waits for the thread."""
        return self._executor.submit(self._call, function, *arguments).result()

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await self.do(_disconnect)
        self._executor.shutdown()

    def abandon(self) -> None:
        """Close the connection where there is one, and end the thread."""
        self.do_now(_disconnect)
        self._executor.shutdown()


class SqliteStore:
    """Implements the engine's `Store`. What a method wrote is on disk, and synced, when it returns."""

    def __init__(self, path: Path, *, readonly: bool) -> None:
        self._path = path
        self._reader = _Thread(path, "store-reader", readonly=True)
        self._writer = None if readonly else _Thread(path, "store-writer", readonly=False)

    def open(self) -> Self:
        """Connect, and bring the schema up to date. Raises `StorageFailed`."""
        try:
            if self._writer is not None:
                self._writer.do_now(_connect_and_migrate, self._path)
            self._reader.do_now(_connect_to_look, self._path)
        except BaseException:
            self._reader.abandon()
            if self._writer is not None:
                self._writer.abandon()
            raise
        return self

    async def close(self) -> None:
        """Close the files; what was written stays."""
        await self._reader.close()
        if self._writer is not None:
            await self._writer.close()

    async def add(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Keep a new task with its first events."""
        return await self._write(_add, change)

    async def record(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Write a change of a known task in one transaction."""
        return await self._write(_record, change)

    async def task(self, task_id: TaskId) -> Task:
        """The task. Raises `UnknownTask`."""
        return await self._reader.do(_task, task_id)

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first."""
        return await self._reader.do(_find, query)

    async def unfinished(self) -> tuple[Task, ...]:
        """All tasks that have not ended, oldest first."""
        return await self._reader.do(_unfinished)

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status."""
        return await self._reader.do(_counts)

    async def newest_task_id(self) -> TaskId | None:
        """The greatest identifier handed out so far."""
        return await self._reader.do(_newest_task_id)

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """A task's events with numbers greater than `after`, in order."""
        return await self._reader.do(_events, task_id, after)

    async def journal(self, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
        """What a run has finished so far."""
        return await self._reader.do(_journal, task_id, run)

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """The task as it stood at the end of each earlier run, oldest first."""
        return await self._reader.do(_past_runs, task_id)

    async def measurements(self, kind: str, model: str, limit: int = 20) -> tuple[Measurement, ...]:
        """The latest measurements of that kind of task on that model, newest first."""
        return await self._reader.do(_measurements, kind, model, limit)

    async def _write(
        self, function: Callable[[APSWDatabase, Change], tuple[RecordedEvent, ...]], change: Change
    ) -> tuple[RecordedEvent, ...]:
        if self._writer is None:
            raise RuntimeError("the store was opened for reading only")
        return await self._writer.do(function, change)


def open_store(folder: Path, *, readonly: bool = False) -> SqliteStore:
    """The store in that folder, made where there is none. Raises `StorageFailed`.

    `readonly` serves whoever looks while another process owns the folder; then the store must be there.
    """
    return SqliteStore(folder / FILE_NAME, readonly=readonly).open()


def _disconnect(database: APSWDatabase) -> None:
    database.close()


def _connect(database: APSWDatabase) -> None:
    database.connect()
    database.execute_sql("SELECT count(*) FROM sqlite_schema").fetchone()


def _connect_and_migrate(database: APSWDatabase, path: Path) -> None:
    if not path.exists():
        _create(path)
    if path.stat().st_size == 0:
        raise StorageFailed(
            f"The database {path} is empty: what was in it is gone. Nothing was changed.",
            hint="Put a backup in its place, or move it away to begin anew.",
        )
    _connect(database)
    migrate(database, path)


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


def _connect_to_look(database: APSWDatabase, path: Path) -> None:
    _connect(database)
    check_version(database, path)


def _add(database: APSWDatabase, change: Change) -> tuple[RecordedEvent, ...]:
    task = change.task
    columns = {
        "task_id": task.task_id,
        "kind": task.request.kind,
        **task_columns(task),
    }
    with database.atomic("IMMEDIATE"):
        number = TASKS.insert(**columns).execute(database)
        REQUESTS.insert(task=number, body=msgspec.json.encode(task.request)).execute(database)
        text = TASK_TEXT.insert(rowid=number, title=task.title, goal=task.request.goal, summary="")
        text.execute(database)
        return _write_rest(database, number, change)


def _record(database: APSWDatabase, change: Change) -> tuple[RecordedEvent, ...]:
    task = change.task
    with database.atomic("IMMEDIATE"):
        number, run, state = _row(database, task.task_id, TASKS.c.number, TASKS.c.run, TASKS.c.state)
        if task.run > run:
            PAST_RUNS.insert(task=number, run=run, state=state).execute(database)
        TASKS.update(**task_columns(task)).where(TASKS.c.number == number).execute(database)
        if task.run > run or task.result is not None:
            summary = task.result.summary if task.result is not None else ""
            TASK_TEXT.update(summary=summary).where(TASK_TEXT.c.rowid == number).execute(database)
        return _write_rest(database, number, change)


def _write_rest(database: APSWDatabase, number: int, change: Change) -> tuple[RecordedEvent, ...]:
    if change.entry is not None:
        entry = change.entry
        row = {
            "task": number,
            "run": entry.run,
            "step": entry.step,
            "item": entry.item,
            "inputs_hash": entry.inputs_hash,
            "result": entry.result,
            "seconds": entry.seconds,
        }
        JOURNAL.insert(**row).on_conflict_replace().execute(database)
    if change.measurement is not None:
        kept = change.measurement
        body = msgspec.json.encode(kept)
        MEASUREMENTS.insert(kind=kept.kind, model=kept.model, body=body).execute(database)
    return _append_events(database, number, change)


def _append_events(database: APSWDatabase, number: int, change: Change) -> tuple[RecordedEvent, ...]:
    if not change.events:
        return ()
    query = EVENTS.select(fn.MAX(EVENTS.c.number)).where(EVENTS.c.task == number)
    last = next(iter(query.tuples().execute(database)))[0] or 0
    recorded = tuple(RecordedEvent(number=n, event=event) for n, event in enumerate(change.events, start=last + 1))
    for each in recorded:
        body = msgspec.json.encode(each.event)
        row = EVENTS.insert(task=number, number=each.number, type=type(each.event).__name__, body=body)
        row.execute(database)
    return recorded


def _row(database: APSWDatabase, task_id: TaskId, *columns: Any) -> tuple[Any, ...]:
    rows = list(TASKS.select(*columns).where(TASKS.c.task_id == task_id).tuples().execute(database))
    if not rows:
        raise _unknown(task_id)
    return tuple(rows[0])


def _task(database: APSWDatabase, task_id: TaskId) -> Task:
    rows = list(_whole_tasks().where(TASKS.c.task_id == task_id).tuples().execute(database))
    if not rows:
        raise _unknown(task_id)
    return decode_task(*rows[0])


def _whole_tasks() -> Any:
    return TASKS.select(REQUESTS.c.body, TASKS.c.state).join(REQUESTS, on=REQUESTS.c.task == TASKS.c.number)


def _unknown(task_id: TaskId) -> UnknownTask:
    return UnknownTask(f"There is no task {task_id}.", hint="The list of tasks shows what there is.")


def _find(database: APSWDatabase, query: TaskQuery) -> TaskPage:
    limit = max(query.limit, 1)
    select = _whole_tasks().order_by(TASKS.c.task_id.desc()).limit(limit + 1)
    if query.statuses:
        select = select.where(TASKS.c.status.in_(sorted(query.statuses)))
    if query.kind is not None:
        select = select.where(TASKS.c.kind == query.kind)
    if query.cursor is not None:
        select = select.where(TASKS.c.task_id < query.cursor)
    words = match_expression(query.text)
    if words:
        found = TASK_TEXT.select(TASK_TEXT.c.rowid).where(SQL("task_text MATCH ?", (words,)))
        select = select.where(TASKS.c.number.in_(found))
    tasks = [decode_task(*row) for row in select.tuples().execute(database)]
    page = tuple(tasks[:limit])
    return TaskPage(tasks=page, cursor=page[-1].task_id if len(tasks) > limit else None)


def _unfinished(database: APSWDatabase) -> tuple[Task, ...]:
    select = _whole_tasks().where(TASKS.c.status.in_(sorted(UNFINISHED)))
    return tuple(decode_task(*row) for row in select.order_by(TASKS.c.task_id).tuples().execute(database))


def _counts(database: APSWDatabase) -> Mapping[TaskStatus, int]:
    select = TASKS.select(TASKS.c.status, fn.COUNT(TASKS.c.number)).group_by(TASKS.c.status)
    found = dict(select.tuples().execute(database))
    return {status: found.get(status.value, 0) for status in TaskStatus}


def _newest_task_id(database: APSWDatabase) -> TaskId | None:
    return TaskId(found) if (found := _scalar(database, TASKS.select(fn.MAX(TASKS.c.task_id)))) else None


def _scalar(database: APSWDatabase, query: Any) -> Any:
    return next(iter(query.tuples().execute(database)))[0]


def _number(task_id: TaskId) -> Any:
    return TASKS.select(TASKS.c.number).where(TASKS.c.task_id == task_id)


def _events(database: APSWDatabase, task_id: TaskId, after: int) -> tuple[RecordedEvent, ...]:
    select = EVENTS.select(EVENTS.c.number, EVENTS.c.type, EVENTS.c.body).order_by(EVENTS.c.number)
    select = select.where((EVENTS.c.task == _number(task_id)) & (EVENTS.c.number > after))
    rows = select.tuples().execute(database)
    return tuple(RecordedEvent(number=number, event=decode_event(name, body)) for number, name, body in rows)


def _journal(database: APSWDatabase, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
    columns = (JOURNAL.c.step, JOURNAL.c.item, JOURNAL.c.inputs_hash, JOURNAL.c.result, JOURNAL.c.seconds)
    select = JOURNAL.select(*columns).where((JOURNAL.c.task == _number(task_id)) & (JOURNAL.c.run == run))
    return tuple(
        JournalEntry(
            task_id=task_id, run=run, step=step, item=item, inputs_hash=inputs_hash, result=result, seconds=seconds
        )
        for step, item, inputs_hash, result, seconds in select.order_by(JOURNAL.c.number).tuples().execute(database)
    )


def _past_runs(database: APSWDatabase, task_id: TaskId) -> tuple[Task, ...]:
    select = PAST_RUNS.select(PAST_RUNS.c.state).where(PAST_RUNS.c.task == _number(task_id)).order_by(PAST_RUNS.c.run)
    states = [state for (state,) in select.tuples().execute(database)]
    if not states:
        return ()
    request = _scalar(database, REQUESTS.select(REQUESTS.c.body).where(REQUESTS.c.task == _number(task_id)))
    return tuple(decode_task(request, state) for state in states)


def _measurements(database: APSWDatabase, kind: str, model: str, limit: int) -> tuple[Measurement, ...]:
    select = MEASUREMENTS.select(MEASUREMENTS.c.body).order_by(MEASUREMENTS.c.number.desc()).limit(limit)
    select = select.where((MEASUREMENTS.c.kind == kind) & (MEASUREMENTS.c.model == model))
    return tuple(msgspec.json.decode(body, type=Measurement) for (body,) in select.tuples().execute(database))
