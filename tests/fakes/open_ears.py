"""Channels that remember what they were given, and fail as a test says."""

from collections import deque
from collections.abc import Awaitable, Callable

from desktop.engine import ChannelKind, Delivery, InvalidRequest, Occasion, Webhook

Deliver = Callable[[Delivery], Awaitable[None]]


async def take(_delivery: Delivery) -> None:
    """Take it."""


class OpenEars:
    """Implements `Channels`. `answers` are what the next deliveries meet with; after them everything is taken."""

    def __init__(self) -> None:
        self.personal: dict[Occasion, tuple[ChannelKind, ...]] = {}
        self.answers: deque[Deliver] = deque()
        self.tried: list[Delivery] = []
        self.heard: list[Delivery] = []
        self.signed_with: list[tuple[str, ...]] = []

    def wanted(self, occasion: Occasion) -> tuple[ChannelKind, ...]:
        return self.personal.get(occasion, ())

    def check_webhook(self, webhook: Webhook) -> None:
        if "refuse" in webhook.url or "refuse" in webhook.secrets:
            raise InvalidRequest("Not there.", hint="Somewhere else.")

    async def deliver(self, delivery: Delivery, secrets: tuple[str, ...]) -> None:
        self.tried.append(delivery)
        await (self.answers.popleft() if self.answers else take)(delivery)
        self.heard.append(delivery)
        self.signed_with.append(secrets)
