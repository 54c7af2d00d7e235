"""What the store is asked. All of it runs on the thread that owns the reading connection."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, Final

import apsw
import msgspec
from peewee import SQL, PeeweeException, fn
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import (
    UNFINISHED,
    JournalEntry,
    Measurement,
    RecordedEvent,
    RunNumber,
    SubmissionKey,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskStatus,
    UnknownTask,
)
from desktop.store.failures import what_is_damaged
from desktop.store.tables import (
    EVENTS,
    JOURNAL,
    MEASUREMENTS,
    PAST_RUNS,
    REQUESTS,
    TASK_COUNTS,
    TASK_TEXT,
    TASKS,
    decode_event,
    decode_task,
    match_expression,
)

_TASK_ID: Final = SQL("task_id")
"""The column of a select, or of several that are merged."""

_BEYOND: Final = 2**63 - 1
"""No task has this number."""


def row_of(database: APSWDatabase, task_id: TaskId, *columns: Any) -> tuple[Any, ...]:
    """Columns of a task. Raises `UnknownTask`."""
    rows = list(TASKS.select(*columns).where(TASKS.c.task_id == task_id).tuples().execute(database))
    if not rows:
        raise _unknown(task_id)
    return tuple(rows[0])


def task(database: APSWDatabase, task_id: TaskId) -> Task:
    """The task. Raises `UnknownTask`."""
    rows = list(_whole_tasks().where(TASKS.c.task_id == task_id).tuples().execute(database))
    if not rows:
        raise _unknown(task_id)
    return decode_task(*rows[0][1:])


def keyed(database: APSWDatabase, key: str) -> tuple[TaskId, SubmissionKey] | None:
    """The task that was submitted with that key, if it is still there."""
    select = TASKS.select(TASKS.c.task_id, TASKS.c.submission_fingerprint).where(TASKS.c.submission_key == key)
    rows = select.order_by(TASKS.c.task_id.desc()).limit(1).tuples().execute(database)
    return next(((TaskId(task_id), SubmissionKey(key=key, fingerprint=found)) for task_id, found in rows), None)


def _whole_tasks() -> Any:
    columns = (TASKS.c.task_id, REQUESTS.c.body, TASKS.c.state)
    return TASKS.select(*columns).join(REQUESTS, on=REQUESTS.c.task == TASKS.c.number)


def _mere_identifiers() -> Any:
    """From an index alone, so that no damaged task is in the way."""
    return TASKS.select(TASKS.c.task_id)


def _unknown(task_id: TaskId) -> UnknownTask:
    return UnknownTask(f"There is no task {task_id}.", hint="The list of tasks shows what there is.")


Damage = tuple[Exception, ...]
"""Why tasks were left out of a list: they can't be read."""


def find(database: APSWDatabase, query: TaskQuery) -> tuple[TaskPage, Damage]:
    """A page of tasks, newest first."""
    limit = max(query.limit, 1)
    tasks, damage, more = _readable(database, lambda base: _select(query, base).limit(limit + 1), limit)
    return TaskPage(tasks=tasks, cursor=more), damage


def _readable(
    database: APSWDatabase, select: Callable[[Any], Any], limit: int
) -> tuple[tuple[Task, ...], Damage, TaskId | None]:
    """At most `limit` tasks of a select, why others were left out, and the last one's identifier if there are more."""
    try:
        rows = list(select(_whole_tasks()).tuples().execute(database))
        tasks = tuple(decode_task(request, state) for _, request, state in rows[:limit])
        return tasks, (), TaskId(rows[limit - 1][0]) if len(rows) > limit else None
    except (PeeweeException, apsw.Error, msgspec.DecodeError) as error:
        if not what_is_damaged(error):
            raise
    ids = [TaskId(task_id) for (task_id,) in select(_mere_identifiers()).tuples().execute(database)]
    found, damage = [], []
    for task_id in ids[:limit]:
        try:
            found.append(task(database, task_id))
        except (PeeweeException, apsw.Error, msgspec.DecodeError, UnknownTask) as error:
            damage.append(error)
    return tuple(found), tuple(damage), ids[limit - 1] if len(ids) > limit else None


def _select(query: TaskQuery, base: Any) -> Any:
    words = match_expression(query.text)
    return _found(query, words, base) if words else _listed(query, base)


def _listed(query: TaskQuery, select: Any) -> Any:
    """Tasks in the order of their identifiers, which an index has for each kind and status."""
    select = select.where(TASKS.c.in_trash == query.trashed)
    if query.kind is not None:
        select = select.where(TASKS.c.kind == query.kind)
    if query.cursor is not None:
        select = select.where(TASKS.c.task_id < query.cursor)
    return _merged(select, query.statuses).order_by(_TASK_ID.desc())


def _merged(select: Any, statuses: Iterable[TaskStatus]) -> Any:
    """The select for each status, to be ordered: SQLite then merges them from the index, and sorts nothing."""
    arms = [select.where(TASKS.c.status == status.value) for status in sorted(statuses)] or [select]
    return reduce(lambda merged, arm: merged.union_all(arm), arms)


def _found(query: TaskQuery, words: str, base: Any) -> Any:
    """Tasks with these words, in the order in which they were added: that of their identifiers, and of the full text.

    The full text hands out its rows in that order, so that a page of a thousand hits costs no more than a page.
    """
    select = base.join(TASK_TEXT, on=TASK_TEXT.c.rowid == TASKS.c.number)
    select = select.where(SQL("task_text MATCH ?", (words,)) & (TASKS.c.in_trash == query.trashed))
    if query.statuses:
        select = select.where(TASKS.c.status.in_(sorted(query.statuses)))
    if query.kind is not None:
        select = select.where(TASKS.c.kind == query.kind)
    if query.cursor is not None:
        select = select.where(TASK_TEXT.c.rowid < _first_number_from(query.cursor))
    return select.order_by(TASK_TEXT.c.rowid.desc())


def _first_number_from(task_id: TaskId) -> Any:
    """The number of the oldest task that is not older than that; beyond all numbers where there is none."""
    first = TASKS.select(TASKS.c.number).where(TASKS.c.task_id >= task_id).order_by(TASKS.c.task_id).limit(1)
    return fn.COALESCE(first, _BEYOND)


def unfinished(database: APSWDatabase) -> tuple[tuple[Task, ...], Damage]:
    """All tasks that have not ended, oldest first."""
    tasks, damage, _ = _readable(database, _select_unfinished, _BEYOND)
    return tasks, damage


def _select_unfinished(base: Any) -> Any:
    return _merged(base.where(TASKS.c.in_trash == 0), UNFINISHED).order_by(_TASK_ID)


def touch(database: APSWDatabase) -> None:
    """Read what every start needs, so that damage in it is met before anything relies on it. No task itself is read."""
    newest_task_id(database)
    counts(database)
    for select in (_listed(TaskQuery(), _mere_identifiers()).limit(1), _select_unfinished(_mere_identifiers())):
        list(select.tuples().execute(database))


def counts(database: APSWDatabase) -> Mapping[TaskStatus, int]:
    """How many tasks are in each status; those in Trash don't count."""
    found = dict(TASK_COUNTS.select(TASK_COUNTS.c.status, TASK_COUNTS.c.count).tuples().execute(database))
    return {status: found.get(status.value, 0) for status in TaskStatus}


def newest_task_id(database: APSWDatabase) -> TaskId | None:
    """The greatest identifier handed out so far."""
    return TaskId(found) if (found := _scalar(database, TASKS.select(fn.MAX(TASKS.c.task_id)))) else None


def _scalar(database: APSWDatabase, query: Any) -> Any:
    return next(iter(query.tuples().execute(database)))[0]


def _number(task_id: TaskId) -> Any:
    return TASKS.select(TASKS.c.number).where(TASKS.c.task_id == task_id)


def events(database: APSWDatabase, task_id: TaskId, after: int) -> tuple[RecordedEvent, ...]:
    """A task's events with numbers greater than `after`, in order."""
    select = EVENTS.select(EVENTS.c.number, EVENTS.c.type, EVENTS.c.body).order_by(EVENTS.c.number)
    select = select.where((EVENTS.c.task == _number(task_id)) & (EVENTS.c.number > after))
    rows = select.tuples().execute(database)
    return tuple(RecordedEvent(number=number, event=decode_event(name, body)) for number, name, body in rows)


def journal(database: APSWDatabase, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
    """What a run has finished so far."""
    columns = (JOURNAL.c.step, JOURNAL.c.item, JOURNAL.c.inputs_hash, JOURNAL.c.result, JOURNAL.c.seconds)
    select = JOURNAL.select(*columns).where((JOURNAL.c.task == _number(task_id)) & (JOURNAL.c.run == run))
    rows = list(select.order_by(JOURNAL.c.number).tuples().execute(database))
    if any(b"\0" in result for _, _, _, result, _ in rows):  # never in JSON: a page that was overwritten with nothing
        raise msgspec.DecodeError("a result holds zero bytes")
    return tuple(
        JournalEntry(
            task_id=task_id, run=run, step=step, item=item, inputs_hash=inputs_hash, result=result, seconds=seconds
        )
        for step, item, inputs_hash, result, seconds in rows
    )


def past_runs(database: APSWDatabase, task_id: TaskId) -> tuple[Task, ...]:
    """The task as it stood at the end of each earlier run, oldest first."""
    select = PAST_RUNS.select(PAST_RUNS.c.state).where(PAST_RUNS.c.task == _number(task_id)).order_by(PAST_RUNS.c.run)
    states = [state for (state,) in select.tuples().execute(database)]
    if not states:
        return ()
    request = _scalar(database, REQUESTS.select(REQUESTS.c.body).where(REQUESTS.c.task == _number(task_id)))
    return tuple(decode_task(request, state) for state in states)


def measurements(database: APSWDatabase, kind: str, model: str, limit: int) -> tuple[Measurement, ...]:
    """The latest measurements of that kind of task on that model, newest first."""
    select = MEASUREMENTS.select(MEASUREMENTS.c.body).order_by(MEASUREMENTS.c.number.desc()).limit(limit)
    select = select.where((MEASUREMENTS.c.kind == kind) & (MEASUREMENTS.c.model == model))
    return tuple(msgspec.json.decode(body, type=Measurement) for (body,) in select.tuples().execute(database))
