"""What is told of a task to somebody outside, and how far the telling has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from urllib.parse import urlsplit

from desktop.engine.identifiers import RunNumber, TaskId
from desktop.engine.result import Artifact
from desktop.engine.task import TaskStatus
from desktop.engine.webhook import Occasion

DeliveryId = NewType("DeliveryId", str)
"""Unique, and the same however often it is tried: receivers know by it what they have seen."""


class ChannelKind(StrEnum):
    """The ways to tell somebody."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    NTFY = "ntfy"
    COMMAND = "command"


class DeliveryStatus(StrEnum):
    """How far a delivery has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; the person can have it sent again


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A task as it stood when there was something to tell of it. Titles and texts may be hostile."""

    occasion: Occasion
    at: datetime  # UTC
    task_id: TaskId
    run: RunNumber
    kind: str
    title: str
    status: TaskStatus
    fraction: float = 0.0  # how far the run had come, 0 to 1
    text: str = ""  # the first part of the result in Markdown, or why it failed and what to do
    artifacts: tuple[Artifact, ...] = ()
    body: dict[str, Any] | None = None  # what a webhook says instead of all this, where it has a form of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A bulletin on its way. Those of one lane, a task's to one target, go one after the other in order."""

    delivery_id: DeliveryId
    channel: ChannelKind
    target: str  # the address of a webhook; empty for a channel of the person's own, whose settings say where
    bulletin: Bulletin
    created_at: datetime
    due_at: datetime  # when it is tried next
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0  # that failed or succeeded, since it was posted or sent again
    problem: str = ""  # what went wrong at the last attempt, and what to do

    @property
    def lane(self) -> str:
        """Channel and target: with the task, what has to keep its order."""
        return f"{self.channel}:{self.target}"

    @property
    def receiver(self) -> str:
        """What may be shown of the target: scheme and host of an address, for the rest is often a secret."""
        parts = urlsplit(self.target)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries to list: newest first, `limit` at a time, after `cursor`."""

    status: DeliveryStatus | None = None  # None: all
    task_id: TaskId | None = None  # None: of all tasks
    limit: int = 100
    cursor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """One page of a list; `cursor` leads to the next one, None where there is none."""

    deliveries: tuple[Delivery, ...]
    cursor: int | None
