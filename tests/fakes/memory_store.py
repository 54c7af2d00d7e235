"""A store in memory that keeps the port's promises, apart from surviving the process."""

import asyncio
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import msgspec

from desktop.engine import (
    TERMINAL,
    UNFINISHED,
    Change,
    Delivery,
    DeliveryId,
    DeliveryPage,
    DeliveryQuery,
    Event,
    JournalEntry,
    KeyReused,
    Measurement,
    PostingRule,
    RecordedEvent,
    Reuse,
    RunNumber,
    SeenTime,
    StorageFailed,
    SubmissionKey,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskStatus,
    TrashCause,
    UnknownTask,
)
from tests.fakes.memory_deliveries import MemoryDeliveries

T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    task: Task
    key: SubmissionKey | None = None
    past_runs: list[Task] = field(default_factory=list)
    events: list[RecordedEvent] = field(default_factory=list)
    journal: dict[tuple[RunNumber, str, str], JournalEntry] = field(default_factory=dict)


class MemoryStore:
    """Implements `Store`. Tasks go through JSON as on the disk, so that what can't be stored fails here too."""

    def __init__(self) -> None:
        self._kept: dict[TaskId, _Kept] = {}
        self._measurements: list[Measurement] = []
        self._purged: list[TaskId] = []
        self._free = 0
        self._seen_time: SeenTime | None = None
        self._deliveries = MemoryDeliveries()

    async def add(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Keep a new task with its first events. Raises `ValueError` unless its identifier is the greatest so far."""
        newest = max(self._kept, default=None)
        if newest is not None and change.task.task_id <= newest:
            raise ValueError(f"task {change.task.task_id} comes after {newest}, and its identifier does not")
        if change.key is not None and await self.keyed(change.key.key) is not None:
            raise KeyReused("A task has this key already; nothing was started.", hint="Look for that task.")
        _check(change)
        self._kept[change.task.task_id] = _Kept(task=_through_json(change.task), key=change.key)
        if change.secrets:
            self._deliveries.secrets[change.task.task_id] = change.secrets
        return await self._write(change)

    async def record(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Write a change of a known task."""
        kept = self._find(change.task.task_id)
        _check(change)
        fresh = _through_json(change.task)
        if fresh.run > kept.task.run:
            kept.past_runs.append(kept.task)
        kept.task = fresh
        return await self._write(change)

    async def _write(self, change: Change) -> tuple[RecordedEvent, ...]:
        kept = self._kept[change.task.task_id]
        posted = self._deliveries.made_of(change.task, change.events)
        self._deliveries.post(posted)
        recorded = tuple(_number(change.events, after=len(kept.events)))
        kept.events += recorded
        if change.reuse is not None:
            kept.journal |= _taken_over(kept, change.task.run, change.reuse)
        if change.entry is not None:
            key = (change.entry.run, change.entry.step, change.entry.item)
            kept.journal.pop(key, None)
            kept.journal[key] = change.entry
        if change.measurement is not None:
            self._measurements.append(change.measurement)
        await asyncio.sleep(0)  # others get their turn here, as they do while the disk writes
        if posted:
            self._deliveries.on_posted()
        return recorded

    async def task(self, task_id: TaskId) -> Task:
        """The task. Raises `UnknownTask`."""
        return self._find(task_id).task

    async def keyed(self, key: str) -> tuple[TaskId, SubmissionKey] | None:
        """The task that was submitted with that key, if it is still there."""
        found = ((task_id, kept.key) for task_id, kept in self._kept.items() if kept.key is not None)
        return next(((task_id, known) for task_id, known in found if known.key == key), None)

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first."""
        newest_first = (self._kept[task_id].task for task_id in sorted(self._kept, reverse=True))
        found = [task for task in newest_first if _matches(task, query)]
        page = found[: max(query.limit, 1)]
        return TaskPage(tasks=tuple(page), cursor=page[-1].task_id if len(found) > len(page) else None)

    async def unfinished(self) -> tuple[Task, ...]:
        """All tasks that have not ended, oldest first."""
        tasks = (self._kept[task_id].task for task_id in sorted(self._kept))
        return tuple(task for task in tasks if task.status in UNFINISHED and task.trashed is None)

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status; those in Trash don't count."""
        statuses = [kept.task.status for kept in self._kept.values() if kept.task.trashed is None]
        return {status: statuses.count(status) for status in TaskStatus}

    async def trash_count(self) -> int:
        """How many tasks are in Trash."""
        return sum(kept.task.trashed is not None for kept in self._kept.values())

    async def expired(self, now: datetime, limit: int = 100) -> tuple[TaskId, ...]:
        """Ended tasks that are neither pinned nor in Trash, and were to be kept until `now` or earlier."""
        ended = [task for task in self._tasks() if task.status in TERMINAL and task.trashed is None]
        return tuple(task.task_id for task in ended if not task.pinned and task.expires_at <= now)[:limit]

    async def trashed_early(self, now: datetime, limit: int = 100) -> tuple[TaskId, ...]:
        """Tasks that went to Trash because they had expired, and are to be kept until after `now`."""
        trashed = [(task, task.trashed.cause) for task in self._tasks() if task.trashed is not None]
        expired = [task for task, cause in trashed if cause is TrashCause.RETENTION]
        return tuple(task.task_id for task in expired if task.expires_at > now)[:limit]

    async def trashed_before(self, seen: float, limit: int = 100) -> tuple[TaskId, ...]:
        """Tasks in Trash since the seen time `seen` or earlier."""
        trashed = [(task, task.trashed.seen) for task in self._tasks() if task.trashed is not None]
        return tuple(task.task_id for task, since in trashed if since <= seen)[:limit]

    async def purge(self, task_id: TaskId) -> None:
        """Remove a task in Trash for good, and remember that its files are to go."""
        if self._find(task_id).task.trashed is None:
            raise UnknownTask(f"There is no task {task_id} in Trash.", hint="The list of tasks shows what there is.")
        del self._kept[task_id]
        self._deliveries.purge(task_id)
        self._purged.append(task_id)
        self._free += 1
        await asyncio.sleep(0)

    async def purged(self) -> tuple[TaskId, ...]:
        """Tasks that are gone, and whose files are still to go."""
        return tuple(self._purged)

    async def forget_purged(self, task_id: TaskId) -> None:
        """The files of a task that is gone are gone too."""
        self._purged = [purged for purged in self._purged if purged != task_id]

    async def reclaim(self) -> bool:
        """Memory is given back by itself; this only counts."""
        self._free = max(self._free - 1, 0)
        return self._free > 0

    async def seen_time(self) -> SeenTime | None:
        """What `keep_seen_time` kept last."""
        return self._seen_time

    async def keep_seen_time(self, seen: SeenTime) -> None:
        """Keep how much time the program has seen pass."""
        self._seen_time = seen

    async def newest_task_id(self) -> TaskId | None:
        """The greatest identifier handed out so far."""
        return max(self._kept, default=None)

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """A task's events with numbers greater than `after`, in order."""
        kept = self._kept.get(task_id)
        return () if kept is None else tuple(recorded for recorded in kept.events if recorded.number > after)

    async def journal(self, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
        """What a run has finished so far."""
        kept = self._kept.get(task_id)
        return () if kept is None else tuple(entry for entry in kept.journal.values() if entry.run == run)

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """The task as it stood at the end of each earlier run, oldest first."""
        kept = self._kept.get(task_id)
        return () if kept is None else tuple(kept.past_runs)

    async def measurements(self, kind: str, model: str, limit: int = 20) -> tuple[Measurement, ...]:
        """The latest measurements of that kind of task on that model, newest first."""
        fitting = [one for one in reversed(self._measurements) if (one.kind, one.model) == (kind, model)]
        return tuple(fitting[:limit])

    def post_with(self, rule: PostingRule, on_posted: Callable[[], None]) -> None:
        """Write with every change the deliveries that `rule` makes of it."""
        self._deliveries.rule, self._deliveries.on_posted = rule, on_posted

    async def waiting_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        """The first pending delivery of each lane, those that are due first coming first."""
        return self._deliveries.waiting(limit)

    async def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """A page of deliveries, newest first."""
        return self._deliveries.find(query)

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        """The delivery. Raises `UnknownDelivery`."""
        return self._deliveries.find_one(delivery_id)

    async def keep_delivery(self, delivery: Delivery) -> None:
        """Write how a known delivery stands."""
        self._deliveries.keep(delivery)

    async def webhook_secrets(self, task_id: TaskId) -> tuple[str, ...]:
        """What signs the task's webhooks, the newest first."""
        return self._deliveries.secrets.get(task_id, ())

    async def keep_webhook_secrets(self, task_id: TaskId, secrets: tuple[str, ...]) -> None:
        """Replace what signs the task's webhooks. Raises `UnknownTask`."""
        self._find(task_id)
        self._deliveries.secrets[task_id] = secrets

    async def close(self) -> None:
        """Nothing to close: whoever opens it again finds what was written, as on the disk."""

    def _tasks(self) -> list[Task]:
        return [kept.task for kept in self._kept.values()]

    def _find(self, task_id: TaskId) -> _Kept:
        if task_id not in self._kept:
            raise UnknownTask(f"There is no task {task_id}.", hint="The list of tasks shows what there is.")
        return self._kept[task_id]


def _check(change: Change) -> None:
    """Raise `StorageFailed` where JSON would not bring all of it back."""
    records = (change.task, change.measurement, *change.events)
    try:
        kept = all(record is None or _through_json(record) == record for record in records)
    except (ValueError, TypeError, OverflowError):
        kept = False
    if not kept:
        raise StorageFailed("This can't be kept; everything before is.", hint="Report it: it is a defect.")


def _taken_over(kept: _Kept, run: RunNumber, reuse: Reuse) -> dict[tuple[RunNumber, str, str], JournalEntry]:
    found = [entry for entry in kept.journal.values() if entry.run == reuse.run and entry.step in reuse.steps]
    return {(run, entry.step, entry.item): replace(entry, run=run) for entry in found}


def _through_json(record: T) -> T:
    return msgspec.json.decode(msgspec.json.encode(record), type=type(record))


def _number(events: tuple[Event, ...], after: int) -> list[RecordedEvent]:
    return [RecordedEvent(number=number, event=event) for number, event in enumerate(events, start=after + 1)]


def _matches(task: Task, query: TaskQuery) -> bool:
    return (
        (query.cursor is None or task.task_id < query.cursor)
        and (not query.statuses or task.status in query.statuses)
        and (query.kind is None or task.request.kind == query.kind)
        and (task.trashed is not None) == query.trashed
        and _mentions(task, query.text)
    )


def _mentions(task: Task, text: str) -> bool:
    """Whether each word stands in the title, the goal or the summary; the last one may be a beginning."""
    summary = task.result.summary if task.result is not None else ""
    columns = [_words(column) for column in (task.title, task.request.goal, summary)]
    phrases = [phrase for phrase in map(_words, text.split()) if phrase]
    return all(any(_contains(column, phrase, begins=phrase is phrases[-1]) for column in columns) for phrase in phrases)


def _words(text: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return "".join(sign if sign.isalnum() else " " for sign in plain.lower()).split()


def _contains(words: list[str], phrase: list[str], *, begins: bool) -> bool:
    for start in range(len(words) - len(phrase) + 1):
        part = words[start : start + len(phrase)]
        last_fits = part[-1].startswith(phrase[-1]) if begins else part[-1] == phrase[-1]
        if part[:-1] == phrase[:-1] and last_fits:
            return True
    return False
