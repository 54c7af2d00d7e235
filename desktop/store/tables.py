"""The tables as peewee's query builder knows them, and the JSON in their columns."""

from dataclasses import replace
from typing import Any, Final

import msgspec
from peewee import Table

from desktop.engine import EVENT_TYPES, Event, Task, TaskRequest

TASKS: Final = Table("tasks")
REQUESTS: Final = Table("requests")
EVENTS: Final = Table("events")
JOURNAL: Final = Table("journal")
PAST_RUNS: Final = Table("past_runs")
MEASUREMENTS: Final = Table("measurements")
TASK_TEXT: Final = Table("task_text")
TASK_COUNTS: Final = Table("task_counts")

_NO_REQUEST: Final = TaskRequest(kind="", goal="")


def task_columns(task: Task) -> dict[str, Any]:
    """The columns that change with a task. The request never does, and may be long: it is written once."""
    return {
        "status": task.status.value,
        "run": task.run,
        "expires_at": task.expires_at.isoformat(),
        "pinned": int(task.pinned),
        "state": encode_state(task),
    }


def encode_state(task: Task) -> bytes:
    """A task without its request, as JSON."""
    return msgspec.json.encode(replace(task, request=_NO_REQUEST))


def decode_task(request: bytes, state: bytes) -> Task:
    """The task of the two columns."""
    return replace(msgspec.json.decode(state, type=Task), request=msgspec.json.decode(request, type=TaskRequest))


def decode_event(name: str, body: bytes) -> Event:
    """The event of the two columns."""
    return msgspec.json.decode(body, type=EVENT_TYPES[name])


def match_expression(text: str) -> str:
    """What a person typed as an FTS5 query: all words, the last one perhaps only begun. Never a syntax error."""
    words = [word.replace('"', "") for word in text.replace("\0", " ").split()]
    words = [word for word in words if any(sign.isalnum() for sign in word)]
    return " AND ".join(f'"{word}"' for word in words) + ("*" if words else "")
