"""A delivery as programs see it. Of a webhook's address only the origin is shown: what follows is often a secret."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from desktop.engine import ChannelKind, Delivery, DeliveryId, DeliveryStatus, Occasion, RunNumber, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDelivery:
    """What is told to whom, and how far that has come. `due_at` is the next attempt, where there is to be one."""

    delivery_id: DeliveryId
    task_id: TaskId
    run: RunNumber
    title: str
    channel: ChannelKind
    target: str
    event: Occasion
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    due_at: datetime | None
    problem: str


def public_delivery(delivery: Delivery) -> PublicDelivery:
    """The delivery as programs see it."""
    bulletin = delivery.bulletin
    return PublicDelivery(
        delivery_id=delivery.delivery_id,
        task_id=bulletin.task_id,
        run=bulletin.run,
        title=bulletin.title,
        channel=delivery.channel,
        target=delivery.receiver,
        event=bulletin.occasion,
        status=delivery.status,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        due_at=delivery.due_at if delivery.status is DeliveryStatus.PENDING else None,
        problem=delivery.problem,
    )


def delivery_from_json(content: bytes) -> PublicDelivery:
    """The delivery that a server sent."""
    return msgspec.json.decode(content, type=PublicDelivery)
