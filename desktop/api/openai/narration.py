"""What a task's events tell in the words of a response's stream, numbered alike whenever they are read."""

from typing import Any

import msgspec
from fastapi.sse import format_sse_event

from desktop.api.openai.response_object import (
    CANCELLED,
    IN_PROGRESS,
    INCOMPLETE,
    QUEUED,
    response_before,
    response_message,
    response_object,
    response_status,
    response_text,
    text_part,
)
from desktop.engine import (
    Event,
    Interrupted,
    QuestionAnswered,
    RecordedEvent,
    Task,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskResumed,
    TaskRetried,
    TaskStarted,
    TaskSubmitted,
)

Told = list[tuple[str, dict[str, Any]]]
"""Types of events with what they carry, in order."""

END = TaskCompleted | TaskFailed | TaskCancelled


class Narration:
    """One telling from the beginning. How many events each of the task's events makes depends on its class alone."""

    def __init__(self) -> None:
        self._told = 0
        self.ended = False
        """Whether the current run's end has been told: nothing follows it."""

    def tell(self, recorded: RecordedEvent, task: Task, after: int) -> list[bytes]:
        """The frames that an event brings, without those up to the sequence number `after`."""
        event = recorded.event
        told = list(enumerate(_told(event, task), self._told))
        self._told += len(told)
        if isinstance(event, END) and event.run != task.run:
            return []  # that end was taken back: the task was run again
        self.ended = isinstance(event, END)
        return [_frame(number, name, fields) for number, (name, fields) in told if number > after]


def _told(event: Event, task: Task) -> Told:
    match event:
        case TaskSubmitted():
            return [_state("created", task, QUEUED), _state("queued", task, QUEUED)]
        case TaskStarted():
            return [_state("in_progress", task, IN_PROGRESS)]
        case QuestionAnswered() | Interrupted() | TaskResumed() | TaskRetried():
            return [_state("queued", task, QUEUED)]
        case TaskCompleted():
            return _answer(task)
        case TaskFailed() | TaskCancelled():
            return [_end(task)]
        case _:
            return []


def _state(name: str, task: Task, status: str) -> tuple[str, dict[str, Any]]:
    return f"response.{name}", {"response": response_before(task, status)}


def _end(task: Task) -> tuple[str, dict[str, Any]]:
    """The stream knows no event for a cancelled response: it ends as incomplete, with its status in it."""
    status = response_status(task)
    name = INCOMPLETE if status == CANCELLED else status
    return f"response.{name}", {"response": response_object(task)}


def _answer(task: Task) -> Told:
    """The message, whose text comes in one piece, since it is there as a whole only now."""
    message, text = response_message(task), response_text(task)
    item = {"output_index": 0, "item_id": message["id"]}
    part = item | {"content_index": 0}
    return [
        ("response.output_item.added", {"output_index": 0, "item": message | {"status": "in_progress", "content": []}}),
        ("response.content_part.added", part | {"part": text_part("")}),
        ("response.output_text.delta", part | {"delta": text, "logprobs": []}),
        ("response.output_text.done", part | {"text": text, "logprobs": []}),
        ("response.content_part.done", part | {"part": text_part(text)}),
        ("response.output_item.done", {"output_index": 0, "item": message}),
        _end(task),
    ]


def _frame(number: int, name: str, fields: dict[str, Any]) -> bytes:
    content = msgspec.json.encode({"type": name, "sequence_number": number} | fields)
    return format_sse_event(event=name, data_str=content.decode())
