"""The outbox: tells programs and persons what became of their tasks, through restarts, and never delays a task.

What is to be told is written together with what happened (`Posting`); here it is carried out: in order per task and
target, several targets at a time, again and again by `delivery_schedule` until somebody takes it or it is dead. A
delivery whose attempt the program did not survive is tried once more, under the same identifier.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final

from desktop.engine.delivery import ChannelKind, Delivery, DeliveryId, DeliveryPage, DeliveryQuery, DeliveryStatus
from desktop.engine.delivery_ports import Channels, DeliveryStore, WebhookForm
from desktop.engine.delivery_schedule import after_failure, seconds_until_due
from desktop.engine.errors import DeliveryFailed, InvalidRequest, StorageFailed
from desktop.engine.identifiers import TaskId
from desktop.engine.ports import Clock
from desktop.engine.posting import Posting, new_delivery_id
from desktop.engine.task import TaskRequest
from desktop.engine.webhook import Webhook

logger = logging.getLogger(__name__)

ATTEMPT_SECONDS: Final = 20.0
"""How long one attempt may take."""

WIDTH: Final = 8
"""Attempts at a time. A target that hangs takes one of them, and one only for each task that tells it."""

LOOK_SECONDS: Final = 60.0
"""The outbox looks at the time at least that often: a machine that slept has other ideas of how long it waited."""

SETTLE_SECONDS: Final = 5.0
"""How often it is tried to write down how an attempt ended."""

GRACE_SECONDS: Final = 5.0
"""How long an engine that ends waits for attempts that are under way."""

LAST_LOOK_SECONDS = 5.0
"""How long an engine that ends waits for the store to say what was posted in the last moment."""

SIGNATURES: Final = 2
"""Secrets that sign at a time: the newest, and the one before for receivers that do not know it yet."""

Lane = tuple[TaskId, str]


class Outbox:
    """Owns the deliveries. `start` it after the store is open, `stop` it before it is closed."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        channels: Channels,
        clock: Clock,
        forms: Mapping[str, WebhookForm] | None = None,
        grace_seconds: float = GRACE_SECONDS,
        new_id: Callable[[], DeliveryId] = new_delivery_id,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._grace_seconds = grace_seconds
        self._wake = asyncio.Event()
        self._under_way: dict[Lane, asyncio.Task[None]] = {}
        self._tending: asyncio.Task[None] | None = None
        store.post_with(Posting(channels, clock, forms or {}, new_id).deliveries_of, self._wake.set)

    def start(self) -> None:
        """Begin to deliver, what was left by the last start first."""
        self._tending = asyncio.create_task(self._tend(), name="outbox")

    async def stop(self) -> None:
        """Give what is under way a moment to end. The rest goes on at the next start."""
        if self._tending is None:
            return
        self._tending.cancel()
        await asyncio.gather(self._tending, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._begin_what_is_due(), LAST_LOOK_SECONDS)
        attempts = tuple(self._under_way.values())
        if attempts:
            await asyncio.wait(attempts, timeout=self._grace_seconds)
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)

    def accept(self, request: TaskRequest) -> tuple[TaskRequest, tuple[str, ...]]:
        """The request without the secrets of its webhook, and these. Raises `InvalidRequest`."""
        if request.webhook is None:
            return request, ()
        self._channels.check_webhook(request.webhook)
        return replace(request, webhook=replace(request.webhook, secrets=())), request.webhook.secrets

    async def find(self, query: DeliveryQuery) -> DeliveryPage:
        """A page of deliveries, newest first."""
        return await self._store.deliveries(query)

    async def send_again(self, delivery_id: DeliveryId) -> Delivery:
        """Try a delivery now, and where it was dead from the first attempt on. Raises `UnknownDelivery`.

        One that was delivered stays so.
        """
        delivery = await self._store.delivery(delivery_id)
        if delivery.status is DeliveryStatus.DELIVERED:
            return delivery
        attempts = 0 if delivery.status is DeliveryStatus.DEAD else delivery.attempts
        fresh = replace(delivery, status=DeliveryStatus.PENDING, attempts=attempts, due_at=self._clock.now())
        await self._store.keep_delivery(fresh)
        self._wake.set()
        return fresh

    async def rotate(self, task_id: TaskId, secret: str) -> None:
        """Sign the task's webhooks with that secret from now on, and with the one before besides.

        Raises `InvalidRequest` where the task has no webhook or the secret can't sign, and `UnknownTask`.
        """
        known = await self._store.webhook_secrets(task_id)
        if not known:
            raise InvalidRequest(
                "The task has no webhook; nothing was changed.", hint="Give a webhook with the task's request."
            )
        self._channels.check_webhook(Webhook(url="https://example.com/", secrets=(secret,)))
        others = tuple(each for each in known if each != secret)
        await self._store.keep_webhook_secrets(task_id, (secret, *others)[:SIGNATURES])

    async def _tend(self) -> None:
        while True:
            self._wake.clear()
            await self._rest(await self._begin_what_is_due())

    async def _begin_what_is_due(self) -> float:
        """Start the attempts that there is room for; the seconds until the next one is due."""
        busy = set(self._under_way)  # an attempt may end while the store is read: what it says of that lane is old then
        try:
            waiting = await self._store.waiting_deliveries(limit=4 * WIDTH)
        except StorageFailed as error:
            logger.warning("the outbox can't be read now: %s", error.message)
            return LOOK_SECONDS
        for delivery in waiting:
            lane = (delivery.bulletin.task_id, delivery.lane)
            wait = seconds_until_due(delivery, self._clock.now())
            if wait > 0 or len(self._under_way) >= WIDTH:
                return min(wait or LOOK_SECONDS, LOOK_SECONDS)
            if lane not in busy:
                self._begin(lane, delivery)
        return LOOK_SECONDS

    def _begin(self, lane: Lane, delivery: Delivery) -> None:
        attempt = asyncio.create_task(self._attempt(delivery), name=f"delivery {delivery.delivery_id}")
        self._under_way[lane] = attempt

        def on_done(_: asyncio.Task[None]) -> None:
            del self._under_way[lane]
            self._wake.set()

        attempt.add_done_callback(on_done)

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until something was posted, sent again or ended."""
        await self._first_of(self._wake.wait(), seconds)

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            await self._hand_over(delivery)
        except DeliveryFailed as failed:
            outcome = after_failure(delivery, failed, self._clock.now())
            logger.info("delivery %s was not taken (attempt %d)", delivery.delivery_id, outcome.attempts)
        except StorageFailed as error:
            outcome = after_failure(delivery, DeliveryFailed(error.message, hint=error.hint), self._clock.now())
        except Exception as error:
            logger.exception("delivery %s failed unexpectedly", delivery.delivery_id)
            outcome = after_failure(delivery, _unexpected(error), self._clock.now())
        else:
            attempts = delivery.attempts + 1
            outcome = replace(delivery, status=DeliveryStatus.DELIVERED, attempts=attempts, problem="")
        await self._keep(outcome)

    async def _hand_over(self, delivery: Delivery) -> None:
        secrets: tuple[str, ...] = ()
        if delivery.channel is ChannelKind.WEBHOOK:
            secrets = await self._store.webhook_secrets(delivery.bulletin.task_id)
        if not await self._first_of(self._channels.deliver(delivery, secrets), ATTEMPT_SECONDS):
            raise DeliveryFailed(
                f"Nothing answered within {ATTEMPT_SECONDS:.0f} seconds.", hint="See that the receiver works."
            )

    async def _first_of(self, work: Coroutine[Any, Any, object], seconds: float) -> bool:
        """Whether the work ended within that time; it is cancelled where it did not, and raises what it raised."""
        doing, sleeping = asyncio.ensure_future(work), asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({doing, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
                return True
            return False
        finally:
            doing.cancel()
            sleeping.cancel()
            await asyncio.gather(doing, sleeping, return_exceptions=True)

    async def _keep(self, outcome: Delivery) -> None:
        """Write down how an attempt ended, however long it takes: what was taken is not to be sent twice."""
        while True:
            with contextlib.suppress(StorageFailed):
                await self._store.keep_delivery(outcome)
                return
            await self._clock.sleep(SETTLE_SECONDS)


def _unexpected(error: Exception) -> DeliveryFailed:
    return DeliveryFailed(
        f"Something in Legwork went wrong ({type(error).__name__}).", hint="The log in the data folder says more."
    )
