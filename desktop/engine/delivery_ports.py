"""What the outbox needs from outside: a store for deliveries, and channels that carry them."""

from collections.abc import Callable
from typing import Any, Protocol

from desktop.engine.delivery import ChannelKind, Delivery, DeliveryId, DeliveryPage, DeliveryQuery
from desktop.engine.events import Event
from desktop.engine.identifiers import TaskId
from desktop.engine.task import Task
from desktop.engine.webhook import Occasion, Webhook

PostingRule = Callable[[Task, tuple[Event, ...]], tuple[Delivery, ...]]
"""The deliveries that a change of a task with these events causes, in order."""

WebhookForm = Callable[[Task], dict[str, Any] | None]
"""What a webhook of that form says of a task as it stands, ready for JSON; None where it has no word for that."""


class DeliveryStore(Protocol):
    """Keeps deliveries with the tasks that they tell of, and removes them with these. Raises `StorageFailed`."""

    def post_with(self, rule: PostingRule, on_posted: Callable[[], None]) -> None:
        """From now on write with every change of a task, in its transaction, the deliveries that `rule` makes of it.

        Progress that waits in the same lane and was never tried goes when newer progress comes. `on_posted` is called
        on the caller's loop when deliveries were written.
        """

    async def waiting_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        """The first pending delivery of each lane, those that are due first coming first."""

    async def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """A page of deliveries, newest first."""

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        """The delivery. Raises `UnknownDelivery`."""

    async def keep_delivery(self, delivery: Delivery) -> None:
        """Write how a known delivery stands. One that went with its task stays gone."""

    async def webhook_secrets(self, task_id: TaskId) -> tuple[str, ...]:
        """What signs the task's webhooks, the newest first; none for a task without a webhook."""

    async def keep_webhook_secrets(self, task_id: TaskId, secrets: tuple[str, ...]) -> None:
        """Replace what signs the task's webhooks. Raises `UnknownTask`."""


class Channels(Protocol):
    """Carries bulletins to whoever is to know."""

    def wanted(self, occasion: Occasion) -> tuple[ChannelKind, ...]:
        """The channels by which the person wants to be told of that; webhooks are not among them."""

    def check_webhook(self, webhook: Webhook) -> None:
        """Raise `InvalidRequest` where that address may not be called, or its secrets can't sign."""

    async def deliver(self, delivery: Delivery, secrets: tuple[str, ...]) -> None:
        """Hand the bulletin over. Raises `DeliveryFailed`. `secrets` sign a webhook, the newest first."""
