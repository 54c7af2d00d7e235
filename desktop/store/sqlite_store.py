"""Tasks, events and the journal in SQLite: one thread writes, another one reads."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

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
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskStatus,
)
from desktop.store import deliveries, reads, writes
from desktop.store.database_thread import DatabaseThread
from desktop.store.opening import open_to_look, open_to_write

FILE_NAME: Final = "legwork.db"


class SqliteStore:
    """Implements the engine's `Store`. What a method wrote is on disk, and synced, when it returns."""

    def __init__(self, path: Path, *, readonly: bool) -> None:
        self._path = path
        self._reader = DatabaseThread(path, "store-reader", readonly=True)
        self._rule: PostingRule = lambda _task, _events: ()
        self._on_posted: Callable[[], None] = lambda: None
        self._writer = None if readonly else DatabaseThread(path, "store-writer", readonly=False)

    def open(self) -> Self:
        """Connect, and bring the schema up to date. Raises `StorageFailed`."""
        try:
            if self._writer is not None:
                self._writer.do_now(open_to_write, self._path)
            self._reader.do_now(open_to_look, self._path)
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
        return await self._write(writes.add, change)

    async def record(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Write a change of a known task in one transaction."""
        return await self._write(writes.record, change)

    async def task(self, task_id: TaskId) -> Task:
        """The task. Raises `UnknownTask`."""
        return await self._reader.do(reads.task, task_id)

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first."""
        return await self._reader.do(reads.find, query)

    async def unfinished(self) -> tuple[Task, ...]:
        """All tasks that have not ended, oldest first."""
        return await self._reader.do(reads.unfinished)

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status."""
        return await self._reader.do(reads.counts)

    async def newest_task_id(self) -> TaskId | None:
        """The greatest identifier handed out so far."""
        return await self._reader.do(reads.newest_task_id)

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """A task's events with numbers greater than `after`, in order."""
        return await self._reader.do(reads.events, task_id, after)

    async def journal(self, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
        """What a run has finished so far."""
        return await self._reader.do(reads.journal, task_id, run)

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """The task as it stood at the end of each earlier run, oldest first."""
        return await self._reader.do(reads.past_runs, task_id)

    async def measurements(self, kind: str, model: str, limit: int = 20) -> tuple[Measurement, ...]:
        """The latest measurements of that kind of task on that model, newest first."""
        return await self._reader.do(reads.measurements, kind, model, limit)

    def post_with(self, rule: PostingRule, on_posted: Callable[[], None]) -> None:
        """Write with every change, in its transaction, the deliveries that `rule` makes of it."""
        self._rule, self._on_posted = rule, on_posted

    async def waiting_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        """The first pending delivery of each lane, those that are due first coming first."""
        return await self._reader.do(deliveries.waiting, limit)

    async def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """A page of deliveries, newest first."""
        return await self._reader.do(deliveries.find, query)

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        """The delivery. Raises `UnknownDelivery`."""
        return await self._reader.do(deliveries.delivery_of, delivery_id)

    async def keep_delivery(self, delivery: Delivery) -> None:
        """Write how a known delivery stands. One that went with its task stays gone."""
        await self._writing.do(deliveries.keep, delivery)

    async def webhook_secrets(self, task_id: TaskId) -> tuple[str, ...]:
        """What signs the task's webhooks, the newest first; none for a task without a webhook."""
        return await self._reader.do(deliveries.secrets_of, task_id)

    async def keep_webhook_secrets(self, task_id: TaskId, secrets: tuple[str, ...]) -> None:
        """Replace what signs the task's webhooks. Raises `UnknownTask`."""
        await self._writing.do(deliveries.replace_secrets, task_id, secrets)

    async def _write(
        self, function: Callable[..., tuple[RecordedEvent, ...]], change: Change
    ) -> tuple[RecordedEvent, ...]:
        posted = self._rule(change.task, change.events)
        recorded = await self._writing.do(function, change, posted)
        if posted:
            self._on_posted()
        return recorded

    @property
    def _writing(self) -> DatabaseThread:
        if self._writer is None:
            raise RuntimeError("the store was opened for reading only")
        return self._writer


def open_store(folder: Path, *, readonly: bool = False) -> SqliteStore:
    """The store in that folder, made where there is none. Raises `StorageFailed`.

    `readonly` serves whoever looks while another process owns the folder; then the store must be there.
    """
    return SqliteStore(folder / FILE_NAME, readonly=readonly).open()
