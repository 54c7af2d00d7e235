"""What the store writes, each in one transaction. All of it runs on the thread that owns the writing connection."""

from peewee import Value, fn
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import Change, Delivery, KeyReused, RecordedEvent, Reuse, RunNumber
from desktop.store.deliveries import keep_secrets, post
from desktop.store.reads import keyed, newest_task_id, row_of
from desktop.store.tables import (
    EVENTS,
    JOURNAL,
    MEASUREMENTS,
    PAST_RUNS,
    REQUESTS,
    TASK_TEXT,
    TASKS,
    encode,
    task_columns,
)


def add(database: APSWDatabase, change: Change, deliveries: tuple[Delivery, ...] = ()) -> tuple[RecordedEvent, ...]:
    """Keep a new task with its first events. Raises `ValueError` unless its identifier is greater than all before.

    Raises `KeyReused` where its key belongs to another task.
    """
    task = change.task
    columns = {
        "task_id": task.task_id,
        "kind": task.request.kind,
        **task_columns(task),
        "submission_key": None if change.key is None else change.key.key,
        "submission_fingerprint": None if change.key is None else change.key.fingerprint,
    }
    with database.atomic("IMMEDIATE"):
        newest = newest_task_id(database)
        if newest is not None and task.task_id <= newest:  # lists and search rely on it
            raise ValueError(f"task {task.task_id} comes after {newest}, and its identifier does not")
        if change.key is not None and keyed(database, change.key.key) is not None:
            raise KeyReused("A task has this key already; nothing was started.", hint="Look for that task.")
        number = TASKS.insert(**columns).execute(database)
        REQUESTS.insert(task=number, body=encode(task.request)).execute(database)
        text = TASK_TEXT.insert(rowid=number, title=task.title, goal=task.request.goal, summary="")
        text.execute(database)
        if change.secrets:
            keep_secrets(database, number, change.secrets)
        post(database, number, deliveries)
        return _write_rest(database, number, change)


def record(database: APSWDatabase, change: Change, deliveries: tuple[Delivery, ...] = ()) -> tuple[RecordedEvent, ...]:
    """Write a change of a known task. Raises `UnknownTask`."""
    task = change.task
    with database.atomic("IMMEDIATE"):
        number, run, state = row_of(database, task.task_id, TASKS.c.number, TASKS.c.run, TASKS.c.state)
        if task.run > run:
            PAST_RUNS.insert(task=number, run=run, state=state).execute(database)
        TASKS.update(**task_columns(task)).where(TASKS.c.number == number).execute(database)
        if task.run > run or task.result is not None:
            summary = task.result.summary if task.result is not None else ""
            TASK_TEXT.update(summary=summary).where(TASK_TEXT.c.rowid == number).execute(database)
        post(database, number, deliveries)
        return _write_rest(database, number, change)


def _write_rest(database: APSWDatabase, number: int, change: Change) -> tuple[RecordedEvent, ...]:
    if change.reuse is not None:
        _copy_journal(database, number, change.task.run, change.reuse)
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
        body = encode(kept)
        MEASUREMENTS.insert(kind=kept.kind, model=kept.model, body=body).execute(database)
    return _append_events(database, number, change)


def _copy_journal(database: APSWDatabase, number: int, run: RunNumber, reuse: Reuse) -> None:
    """Let a run have what an earlier one finished, without its passing through Python: it may be much."""
    kept = (JOURNAL.c.step, JOURNAL.c.item, JOURNAL.c.inputs_hash, JOURNAL.c.result, JOURNAL.c.seconds)
    of_earlier = (JOURNAL.c.task == number) & (JOURNAL.c.run == reuse.run) & JOURNAL.c.step.in_(reuse.steps)
    found = JOURNAL.select(JOURNAL.c.task, Value(run), *kept).where(of_earlier).order_by(JOURNAL.c.number)
    columns = [JOURNAL.c.task, JOURNAL.c.run, *kept]
    JOURNAL.insert(found, columns=columns).execute(database)


def _append_events(database: APSWDatabase, number: int, change: Change) -> tuple[RecordedEvent, ...]:
    if not change.events:
        return ()
    query = EVENTS.select(fn.MAX(EVENTS.c.number)).where(EVENTS.c.task == number)
    last = next(iter(query.tuples().execute(database)))[0] or 0
    recorded = tuple(RecordedEvent(number=n, event=event) for n, event in enumerate(change.events, start=last + 1))
    for each in recorded:
        body = encode(each.event)
        row = EVENTS.insert(task=number, number=each.number, type=type(each.event).__name__, body=body)
        row.execute(database)
    return recorded
