"""Which deliveries a change of a task causes."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from desktop.engine.delivery import Bulletin, ChannelKind, Delivery, DeliveryId
from desktop.engine.delivery_ports import Channels, WebhookForm
from desktop.engine.events import (
    Event,
    ItemFinished,
    QuestionAsked,
    StepFinished,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskStarted,
)
from desktop.engine.identifiers import TaskId
from desktop.engine.ports import Clock
from desktop.engine.question import Question
from desktop.engine.task import Task
from desktop.engine.webhook import Occasion, Webhook

PROGRESS_SECONDS: Final = 10.0
"""The least time between two bulletins about a task's progress."""

MAX_TEXT_CHARACTERS: Final = 4_000
"""What is told of a result; all of it is in the task."""

_OCCASIONS: Final[dict[type[Event], Occasion]] = {
    TaskStarted: Occasion.STARTED,
    ItemFinished: Occasion.PROGRESS,
    StepFinished: Occasion.PROGRESS,
    QuestionAsked: Occasion.WAITING,
    TaskCompleted: Occasion.COMPLETED,
    TaskFailed: Occasion.FAILED,
    TaskCancelled: Occasion.CANCELLED,
}


def new_delivery_id() -> DeliveryId:
    """An identifier that no delivery has, without a full stop: it is a part of what is signed."""
    return DeliveryId(f"msg_{uuid.uuid4().hex}")


class Posting:
    """Makes deliveries of events, for the task's webhook and for the channels that the person wants."""

    def __init__(
        self,
        channels: Channels,
        clock: Clock,
        forms: Mapping[str, WebhookForm],
        new_id: Callable[[], DeliveryId] = new_delivery_id,
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._new_id = new_id
        self._forms = forms
        self._progress_told: dict[TaskId, float] = {}

    def deliveries_of(self, task: Task, events: tuple[Event, ...]) -> tuple[Delivery, ...]:
        """What is to be told of the task, which is as it is after the events."""
        return tuple(delivery for event in events for delivery in self._of_event(task, event))

    def _of_event(self, task: Task, event: Event) -> Iterator[Delivery]:
        occasion = _OCCASIONS.get(type(event))
        if occasion is None:
            return
        webhook = task.request.webhook
        if webhook is not None and occasion in webhook.events and self._is_time(task.task_id, occasion):
            yield from self._call(webhook, task, _bulletin(task, event, occasion))
        for channel in self._channels.wanted(occasion):
            yield self._delivery(channel, "", _with_contents(_bulletin(task, event, occasion), task))

    def _call(self, webhook: Webhook, task: Task, bulletin: Bulletin) -> Iterator[Delivery]:
        form = self._forms.get(webhook.form)
        if form is not None:
            bulletin = replace(bulletin, body=form(task))
        if form is None or bulletin.body is not None:
            yield self._delivery(ChannelKind.WEBHOOK, webhook.url, bulletin)

    def _is_time(self, task_id: TaskId, occasion: Occasion) -> bool:
        if occasion is not Occasion.PROGRESS:
            self._progress_told.pop(task_id, None)
            return True
        now = self._clock.monotonic()
        told = self._progress_told.get(task_id)
        if told is not None and now - told < PROGRESS_SECONDS:
            return False
        self._progress_told[task_id] = now
        return True

    def _delivery(self, channel: ChannelKind, target: str, bulletin: Bulletin) -> Delivery:
        now = self._clock.now()
        return Delivery(
            delivery_id=self._new_id(), channel=channel, target=target, bulletin=bulletin, created_at=now, due_at=now
        )


def _bulletin(task: Task, event: Event, occasion: Occasion) -> Bulletin:
    return Bulletin(
        occasion=occasion,
        at=event.at,
        task_id=task.task_id,
        run=task.run,
        kind=task.request.kind,
        title=task.title,
        status=task.status,
        fraction=task.progress.fraction,
    )


def _with_contents(bulletin: Bulletin, task: Task) -> Bulletin:
    """What the person is told: what came of it, or what it asks, besides."""
    if task.question is not None:
        return replace(bulletin, text=_asked(task.question)[:MAX_TEXT_CHARACTERS])
    if task.failure is not None:
        return replace(bulletin, text=f"{task.failure.message} {task.failure.hint}".strip()[:MAX_TEXT_CHARACTERS])
    if task.result is not None:
        return replace(bulletin, text=task.result.summary[:MAX_TEXT_CHARACTERS], artifacts=task.result.artifacts)
    return bulletin


def _asked(question: Question) -> str:
    choices = f"Answer: {', '.join(question.choices)}" if question.choices else ""
    return "\n\n".join(part for part in (question.text, question.details, choices) if part)
