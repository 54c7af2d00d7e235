"""The deliveries of the store in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from desktop.engine import (
    Delivery,
    DeliveryId,
    DeliveryPage,
    DeliveryQuery,
    DeliveryStatus,
    Event,
    Occasion,
    PostingRule,
    Task,
    TaskId,
    UnknownDelivery,
)


@dataclass(slots=True)
class _Row:
    number: int
    delivery: Delivery


@dataclass
class MemoryDeliveries:
    """Keeps the promises of `DeliveryStore` that concern deliveries alone."""

    rule: PostingRule = lambda _task, _events: ()
    on_posted: Callable[[], None] = lambda: None
    secrets: dict[TaskId, tuple[str, ...]] = field(default_factory=dict)
    _rows: list[_Row] = field(default_factory=list)
    _last: int = 0

    def made_of(self, task: Task, events: tuple[Event, ...]) -> tuple[Delivery, ...]:
        return self.rule(task, events)

    def post(self, deliveries: tuple[Delivery, ...]) -> None:
        for delivery in deliveries:
            if delivery.bulletin.occasion is Occasion.PROGRESS:
                self._rows = [row for row in self._rows if not _is_stale(row.delivery, delivery)]
            self._last += 1
            self._rows.append(_Row(self._last, _through_json(delivery)))

    def purge(self, task_id: TaskId) -> None:
        self._rows = [row for row in self._rows if row.delivery.bulletin.task_id != task_id]
        self.secrets.pop(task_id, None)

    def waiting(self, limit: int) -> tuple[Delivery, ...]:
        heads: dict[tuple[TaskId, str], Delivery] = {}
        for row in self._rows:
            if row.delivery.status is DeliveryStatus.PENDING:
                heads.setdefault((row.delivery.bulletin.task_id, row.delivery.lane), row.delivery)
        return tuple(sorted(heads.values(), key=lambda delivery: delivery.due_at)[:limit])

    def find(self, query: DeliveryQuery) -> DeliveryPage:
        found = [row for row in reversed(self._rows) if _matches(row, query)]
        page = found[: max(query.limit, 1)]
        cursor = page[-1].number if len(found) > len(page) else None
        return DeliveryPage(deliveries=tuple(row.delivery for row in page), cursor=cursor)

    def find_one(self, delivery_id: DeliveryId) -> Delivery:
        for row in self._rows:
            if row.delivery.delivery_id == delivery_id:
                return row.delivery
        raise UnknownDelivery(f"There is no delivery {delivery_id}.", hint="List them.")

    def keep(self, delivery: Delivery) -> None:
        for row in self._rows:
            if row.delivery.delivery_id == delivery.delivery_id:
                row.delivery = _through_json(delivery)


def _is_stale(kept: Delivery, newer: Delivery) -> bool:
    return (
        kept.bulletin.occasion is Occasion.PROGRESS
        and kept.status is DeliveryStatus.PENDING
        and kept.attempts == 0
        and (kept.bulletin.task_id, kept.lane) == (newer.bulletin.task_id, newer.lane)
    )


def _matches(row: _Row, query: DeliveryQuery) -> bool:
    delivery = row.delivery
    return (
        (query.status is None or delivery.status is query.status)
        and (query.task_id is None or delivery.bulletin.task_id == query.task_id)
        and (query.cursor is None or row.number < query.cursor)
    )


def _through_json(delivery: Delivery) -> Delivery:
    return msgspec.json.decode(msgspec.json.encode(delivery), type=Delivery)
