"""Calls programs back, by Standard Webhooks 1.0.0."""

from typing import Any

import msgspec

from desktop.engine import Bulletin, Clock, Delivery, DeliveryFailed, InvalidRequest, Occasion
from desktop.notify.http_post import post
from desktop.notify.signing import key_of, signature_header
from desktop.notify.webhook_target import check_url


async def call_webhook(delivery: Delivery, secrets: tuple[str, ...], allowed: tuple[str, ...], clock: Clock) -> None:
    """Make the call. Raises `DeliveryFailed`."""
    try:
        check_url(delivery.target, allowed)  # what is allowed may have changed since the task was accepted
        keys = [key_of(secret) for secret in secrets]
    except InvalidRequest as error:
        raise DeliveryFailed(error.message, hint=error.hint) from error
    body = msgspec.json.encode(webhook_body(delivery.bulletin))
    now = clock.now()
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery.delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_header(keys, delivery.delivery_id, timestamp, body),
    }
    await post(delivery.target, body, headers, now, only_to=allowed)


def webhook_body(bulletin: Bulletin) -> dict[str, Any]:
    """What is sent: which task, how it stands, and where to ask for more, below the address of the engine."""
    if bulletin.body is not None:
        return bulletin.body
    task = f"/tasks/{bulletin.task_id}"
    links = {"self": task, "events": f"{task}/events"}
    if bulletin.occasion is Occasion.COMPLETED:
        links["result"] = f"{task}/result"
    data = {
        "task_id": bulletin.task_id,
        "run": bulletin.run,
        "kind": bulletin.kind,
        "title": bulletin.title,
        "status": bulletin.status,
        "progress": round(bulletin.fraction, 4),
        "links": links,
    }
    return {"type": bulletin.occasion, "timestamp": bulletin.at, "data": data}
