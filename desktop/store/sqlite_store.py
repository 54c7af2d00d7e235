"""Tasks, events and the journal in SQLite: one thread writes, another one reads."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from desktop.engine import (
    Change,
    Delivery,
    DeliveryId,
    DeliveryPage,
    DeliveryQuery,
    JournalEntry,
    Measurement,
    PostingRule,
    RecordedEvent,
    RunNumber,
    SeenTime,
    StorageFailed,
    SubmissionKey,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskStatus,
)
from desktop.store import deliveries, reads, retention_tables, writes
from desktop.store.database_thread import DatabaseThread
from desktop.store.failures import DatabaseDamaged, storage_failure
from desktop.store.opening import open_beside_writer, open_to_look, open_to_write
from desktop.store.restoring import note_suspicion

logger = logging.getLogger(__name__)

T = TypeVar("T")

FILE_NAME: Final = "legwork.db"


class SqliteStore:
    """Implements the engine's `Store`. What a method wrote is on disk, and synced, when it returns.

    `on_damage` is called on the loop with every damage that is met; lists leave a task out that can't be read.
    """

    def __init__(self, path: Path, *, readonly: bool) -> None:
        self.on_damage: Callable[[StorageFailed], None] = log_damage
        self.path = path
        self._reader = DatabaseThread(path, "store-reader", readonly=True)
        self._rule: PostingRule = lambda _task, _events: ()
        self._on_posted: Callable[[], None] = lambda: None
        self._writer = None if readonly else DatabaseThread(path, "store-writer", readonly=False)

    def open(self, now: Callable[[], datetime]) -> Self:
        """Connect, after all that has to be put right. Raises `StorageFailed`."""
        try:
            if self._writer is not None:
                self._writer.do_now(open_to_write, self.path, now)
            self._reader.do_now(open_to_look if self._writer is None else open_beside_writer, self.path)
        except BaseException:
            self._reader.abandon()
            if self._writer is not None:
                self._writer.abandon()
            raise
        return self

    async def close(self) -> None:
        """Close the files; what was written stays. A second time it does nothing."""
        try:
            await self._reader.close()
        finally:
            if self._writer is not None:
                await self._writer.close()

    async def add(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Keep a new task with its first events. Its identifier must be greater than all before, else `ValueError`."""
        return await self._write_change(writes.add, change)

    async def record(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Write a change of a known task in one transaction."""
        return await self._write_change(writes.record, change)

    async def task(self, task_id: TaskId) -> Task:
        """The task. Raises `UnknownTask`."""
        return await self._read(reads.task, task_id)

    async def keyed(self, key: str) -> tuple[TaskId, SubmissionKey] | None:
        """The task that was submitted with that key, if it is still there."""
        return await self._read(reads.keyed, key)

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first: those in Trash, or all others."""
        page, damage = await self._read(reads.find, query)
        self._report(damage)
        return page

    async def unfinished(self) -> tuple[Task, ...]:
        """All tasks that have not ended, oldest first."""
        tasks, damage = await self._read(reads.unfinished)
        self._report(damage)
        return tasks

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status; those in Trash don't count."""
        return await self._read(reads.counts)

    async def trash_count(self) -> int:
        """How many tasks are in Trash."""
        return await self._read(retention_tables.trash_count)

    async def expired(self, now: datetime, limit: int = 100) -> tuple[TaskId, ...]:
        """Ended tasks that are neither pinned nor in Trash, and were to be kept until `now` or earlier."""
        return await self._read(retention_tables.expired, now, limit)

    async def trashed_early(self, now: datetime, limit: int = 100) -> tuple[TaskId, ...]:
        """Tasks that went to Trash because they had expired, and are to be kept until after `now`."""
        return await self._read(retention_tables.trashed_early, now, limit)

    async def trashed_before(self, seen: float, limit: int = 100) -> tuple[TaskId, ...]:
        """Tasks in Trash since the seen time `seen` or earlier."""
        return await self._read(retention_tables.trashed_before, seen, limit)

    async def purge(self, task_id: TaskId) -> None:
        """Remove a task in Trash for good, and remember that its files are to go. Raises `UnknownTask`."""
        await self._write(retention_tables.purge, task_id)

    async def purged(self) -> tuple[TaskId, ...]:
        """Tasks that are gone, and whose files are still to go."""
        return await self._read(retention_tables.purged)

    async def forget_purged(self, task_id: TaskId) -> None:
        """The files of a task that is gone are gone too."""
        await self._write(retention_tables.forget_purged, task_id)

    async def reclaim(self) -> bool:
        """Give a part of the space of what was deleted back to the disk; whether there is more to give."""
        return await self._write(retention_tables.reclaim)

    async def seen_time(self) -> SeenTime | None:
        """What `keep_seen_time` kept last."""
        return await self._read(retention_tables.seen_time)

    async def keep_seen_time(self, seen: SeenTime) -> None:
        """Keep how much time the program has seen pass."""
        await self._write(retention_tables.keep_seen_time, seen)

    async def newest_task_id(self) -> TaskId | None:
        """The greatest identifier handed out so far."""
        return await self._read(reads.newest_task_id)

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """A task's events with numbers greater than `after`, in order."""
        return await self._read(reads.events, task_id, after)

    async def journal(self, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
        """What a run has finished so far."""
        return await self._read(reads.journal, task_id, run)

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """The task as it stood at the end of each earlier run, oldest first."""
        return await self._read(reads.past_runs, task_id)

    async def measurements(self, kind: str, model: str, limit: int = 20) -> tuple[Measurement, ...]:
        """The latest measurements of that kind of task on that model, newest first."""
        return await self._read(reads.measurements, kind, model, limit)

    def post_with(self, rule: PostingRule, on_posted: Callable[[], None]) -> None:
        """Write with every change, in its transaction, the deliveries that `rule` makes of it."""
        self._rule, self._on_posted = rule, on_posted

    async def waiting_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        """The first pending delivery of each lane, those that are due first coming first."""
        return await self._read(deliveries.waiting, limit)

    async def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """A page of deliveries, newest first."""
        return await self._read(deliveries.find, query)

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        """The delivery. Raises `UnknownDelivery`."""
        return await self._read(deliveries.delivery_of, delivery_id)

    async def keep_delivery(self, delivery: Delivery) -> None:
        """Write how a known delivery stands. One that went with its task stays gone."""
        await self._write(deliveries.keep, delivery)

    async def webhook_secrets(self, task_id: TaskId) -> tuple[str, ...]:
        """What signs the task's webhooks, the newest first; none for a task without a webhook."""
        return await self._read(deliveries.secrets_of, task_id)

    async def keep_webhook_secrets(self, task_id: TaskId, secrets: tuple[str, ...]) -> None:
        """Replace what signs the task's webhooks. Raises `UnknownTask`."""
        await self._write(deliveries.replace_secrets, task_id, secrets)

    async def _write_change(
        self, function: Callable[..., tuple[RecordedEvent, ...]], change: Change
    ) -> tuple[RecordedEvent, ...]:
        posted = self._rule(change.task, change.events)
        recorded = await self._write(function, change, posted)
        if posted:
            self._on_posted()
        return recorded

    async def _write(self, function: Callable[..., T], *arguments: Any) -> T:
        if self._writer is None:
            raise RuntimeError("the store was opened for reading only")
        return await self._watched(self._writer.do(function, *arguments))

    async def _read(self, function: Callable[..., T], *arguments: Any) -> T:
        return await self._watched(self._reader.do(function, *arguments))

    async def _watched(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except DatabaseDamaged as damage:
            self._tell(damage)
            raise

    def _report(self, damage: tuple[Exception, ...]) -> None:
        for error in damage:
            self._tell(storage_failure(error, self.path))

    def _tell(self, damage: StorageFailed) -> None:
        if self._writer is not None and isinstance(damage, DatabaseDamaged):
            note_suspicion(self.path, damage.what)
        self.on_damage(damage)


def log_damage(damage: StorageFailed) -> None:
    """What is done about damage where nobody else does anything."""
    logger.error("%s", damage)


def open_store(
    folder: Path, *, readonly: bool = False, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> SqliteStore:
    """The store in that folder, made where there is none. Raises `StorageFailed`.

    A damaged database is set aside for the newest backup that is whole; `notices` of the package says what that cost.
    `readonly` serves whoever looks while another process owns the folder; then the store must be there, and sound.
    """
    return SqliteStore(folder / FILE_NAME, readonly=readonly).open(now)
