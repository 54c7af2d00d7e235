"""Deliveries in the database: written with the changes that cause them, read by the outbox and by whoever looks."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from peewee import Table, fn
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import (
    Delivery,
    DeliveryId,
    DeliveryPage,
    DeliveryQuery,
    DeliveryStatus,
    Occasion,
    TaskId,
    UnknownDelivery,
)
from desktop.store.reads import row_of
from desktop.store.tables import TASKS, encode

DELIVERIES: Final = Table("deliveries")
WEBHOOK_SECRETS: Final = Table("webhook_secrets")


def post(database: APSWDatabase, number: int, deliveries: Iterable[Delivery]) -> None:
    """Write new deliveries of the task with that number, within the caller's transaction."""
    for delivery in deliveries:
        if delivery.bulletin.occasion is Occasion.PROGRESS:
            _drop_stale_progress(database, number, delivery.lane)
        DELIVERIES.insert(
            delivery_id=delivery.delivery_id,
            task=number,
            lane=delivery.lane,
            occasion=delivery.bulletin.occasion.value,
            **_state(delivery),
        ).execute(database)


def keep_secrets(database: APSWDatabase, number: int, secrets: tuple[str, ...]) -> None:
    """Write what signs the webhooks of the task with that number, within the caller's transaction."""
    body = msgspec.json.encode(secrets)
    WEBHOOK_SECRETS.insert(task=number, secrets=body).on_conflict_replace().execute(database)


def replace_secrets(database: APSWDatabase, task_id: TaskId, secrets: tuple[str, ...]) -> None:
    """Replace what signs the task's webhooks. Raises `UnknownTask`."""
    with database.atomic("IMMEDIATE"):
        (number,) = row_of(database, task_id, TASKS.c.number)
        keep_secrets(database, number, secrets)


def keep(database: APSWDatabase, delivery: Delivery) -> None:
    """Write how a known delivery stands."""
    with database.atomic("IMMEDIATE"):
        known = DELIVERIES.c.delivery_id == delivery.delivery_id
        DELIVERIES.update(**_state(delivery)).where(known).execute(database)


def waiting(database: APSWDatabase, limit: int) -> tuple[Delivery, ...]:
    """The first pending delivery of each lane, those that are due first coming first."""
    one, earlier = DELIVERIES.alias("one"), DELIVERIES.alias("earlier")
    before = earlier.select(earlier.c.number).where(
        (earlier.c.task == one.c.task)
        & (earlier.c.lane == one.c.lane)
        & (earlier.c.status == DeliveryStatus.PENDING.value)
        & (earlier.c.number < one.c.number)
    )
    select = one.select(one.c.body).where((one.c.status == DeliveryStatus.PENDING.value) & ~fn.EXISTS(before))
    rows = select.order_by(one.c.due).limit(limit).tuples().execute(database)
    return tuple(_decode(body) for (body,) in rows)


def find(database: APSWDatabase, query: DeliveryQuery) -> DeliveryPage:
    """A page of deliveries, newest first."""
    select = DELIVERIES.select(DELIVERIES.c.number, DELIVERIES.c.body).order_by(DELIVERIES.c.number.desc())
    if query.status is not None:
        select = select.where(DELIVERIES.c.status == query.status.value)
    if query.task_id is not None:
        of_task = TASKS.select(TASKS.c.number).where(TASKS.c.task_id == query.task_id)
        select = select.where(DELIVERIES.c.task == of_task)
    if query.cursor is not None:
        select = select.where(DELIVERIES.c.number < query.cursor)
    limit = max(query.limit, 1)
    rows = list(select.limit(limit + 1).tuples().execute(database))
    page = rows[:limit]
    cursor = page[-1][0] if len(rows) > limit else None
    return DeliveryPage(deliveries=tuple(_decode(body) for _, body in page), cursor=cursor)


def delivery_of(database: APSWDatabase, delivery_id: DeliveryId) -> Delivery:
    """The delivery. Raises `UnknownDelivery`."""
    select = DELIVERIES.select(DELIVERIES.c.body).where(DELIVERIES.c.delivery_id == delivery_id)
    for (body,) in select.tuples().execute(database):
        return _decode(body)
    raise UnknownDelivery(f"There is no delivery {delivery_id}.", hint="See 'legwork deliveries' for what there is.")


def secrets_of(database: APSWDatabase, task_id: TaskId) -> tuple[str, ...]:
    """What signs the task's webhooks, the newest first."""
    number = TASKS.select(TASKS.c.number).where(TASKS.c.task_id == task_id)
    select = WEBHOOK_SECRETS.select(WEBHOOK_SECRETS.c.secrets).where(WEBHOOK_SECRETS.c.task == number)
    for (body,) in select.tuples().execute(database):
        return msgspec.json.decode(body, type=tuple[str, ...])
    return ()


def _drop_stale_progress(database: APSWDatabase, number: int, lane: str) -> None:
    """Remove progress that nobody was told of: a receiver that comes back wants to know how it is, not how it was."""
    stale = (
        (DELIVERIES.c.task == number)
        & (DELIVERIES.c.lane == lane)
        & (DELIVERIES.c.status == DeliveryStatus.PENDING.value)
        & (DELIVERIES.c.occasion == Occasion.PROGRESS.value)
        & (DELIVERIES.c.attempts == 0)
    )
    DELIVERIES.delete().where(stale).execute(database)


def _state(delivery: Delivery) -> dict[str, Any]:
    return {
        "status": delivery.status.value,
        "due": delivery.due_at.timestamp(),
        "attempts": delivery.attempts,
        "body": encode(delivery),
    }


def _decode(body: bytes) -> Delivery:
    return msgspec.json.decode(body, type=Delivery)
