"""What the store keeps of how long tasks are kept: what has expired, what is in Trash, what is gone.

The statements that change something run on the thread that owns the writing connection, the others on that for reads.
"""

from datetime import datetime
from typing import Any, Final

from playhouse.apsw_ext import APSWDatabase

from desktop.engine import TERMINAL, SeenTime, TaskId, TrashCause, UnknownTask
from desktop.store.tables import PURGED, SEEN_TIME, TASK_COUNTS, TASK_TEXT, TASKS

_PAGES: Final = 256
"""How many pages of the file are given back at a time: some milliseconds of work, for which other writes wait."""


def trash_count(database: APSWDatabase) -> int:
    """How many tasks are in Trash."""
    rows = TASK_COUNTS.select(TASK_COUNTS.c.count).where(TASK_COUNTS.c.status == "trash").tuples().execute(database)
    return sum(count for (count,) in rows)


def expired(database: APSWDatabase, now: datetime, limit: int) -> tuple[TaskId, ...]:
    """Ended tasks that are neither pinned nor in Trash, and were to be kept until `now` or earlier."""
    kept = (TASKS.c.in_trash == 0) & (TASKS.c.pinned == 0) & TASKS.c.status.in_(sorted(TERMINAL))
    return _found(database, kept & (TASKS.c.expires_at <= now.isoformat()), limit)


def trashed_early(database: APSWDatabase, now: datetime, limit: int) -> tuple[TaskId, ...]:
    """Tasks that went to Trash because they had expired, and are to be kept until after `now`."""
    of_retention = TASKS.c.trash_cause == TrashCause.RETENTION.value
    return _found(database, of_retention & (TASKS.c.expires_at > now.isoformat()), limit)


def trashed_before(database: APSWDatabase, seen: float, limit: int) -> tuple[TaskId, ...]:
    """Tasks in Trash since the seen time `seen` or earlier."""
    return _found(database, TASKS.c.trash_seen <= seen, limit)


def _found(database: APSWDatabase, condition: Any, limit: int) -> tuple[TaskId, ...]:
    rows = TASKS.select(TASKS.c.task_id).where(condition).limit(limit).tuples().execute(database)
    return tuple(TaskId(task_id) for (task_id,) in rows)


def purge(database: APSWDatabase, task_id: TaskId) -> None:
    """Remove a task in Trash with all rows and words that belong to it, and remember that its files are to go."""
    with database.atomic("IMMEDIATE"):
        select = TASKS.select(TASKS.c.number).where((TASKS.c.task_id == task_id) & (TASKS.c.in_trash == 1))
        numbers = [number for (number,) in select.tuples().execute(database)]
        if not numbers:
            raise UnknownTask(f"There is no task {task_id} in Trash.", hint="The list of tasks shows what there is.")
        TASK_TEXT.delete().where(TASK_TEXT.c.rowid == numbers[0]).execute(database)
        TASKS.delete().where(TASKS.c.number == numbers[0]).execute(database)  # all other rows go with it
        PURGED.insert(task_id=task_id).on_conflict_ignore().execute(database)


def purged(database: APSWDatabase) -> tuple[TaskId, ...]:
    """Tasks that are gone, and whose files are still to go."""
    return tuple(TaskId(task_id) for (task_id,) in PURGED.select(PURGED.c.task_id).tuples().execute(database))


def forget_purged(database: APSWDatabase, task_id: TaskId) -> None:
    """The files of a task that is gone are gone too."""
    PURGED.delete().where(PURGED.c.task_id == task_id).execute(database)


def reclaim(database: APSWDatabase) -> bool:
    """Make the file shorter by some of the pages that hold nothing; whether there are more of them."""
    (free,) = database.execute_sql("PRAGMA freelist_count").fetchone()
    if free == 0:
        return False
    database.execute_sql(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    (left,) = database.execute_sql("PRAGMA freelist_count").fetchone()
    if left == 0:
        database.execute_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()  # until then the file keeps its length
    return bool(0 < left < free)


def seen_time(database: APSWDatabase) -> SeenTime | None:
    """How much time the program has seen pass."""
    rows = SEEN_TIME.select(SEEN_TIME.c.seconds, SEEN_TIME.c.mark).tuples().execute(database)
    return next((SeenTime(seconds=seconds, mark=datetime.fromisoformat(mark)) for seconds, mark in rows), None)


def keep_seen_time(database: APSWDatabase, seen: SeenTime) -> None:
    """Keep how much time the program has seen pass."""
    row = SEEN_TIME.insert(only=1, seconds=seen.seconds, mark=seen.mark.isoformat())
    row.on_conflict_replace().execute(database)
