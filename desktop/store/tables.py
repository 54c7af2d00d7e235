"""The tables as peewee's query builder knows them, and the JSON in their columns."""

from dataclasses import replace
from typing import Any, Final

import msgspec
from peewee import Table

from desktop.engine import EVENT_TYPES, Event, StorageFailed, Task, TaskRequest

TASKS: Final = Table("tasks")
REQUESTS: Final = Table("requests")
EVENTS: Final = Table("events")
JOURNAL: Final = Table("journal")
PAST_RUNS: Final = Table("past_runs")
MEASUREMENTS: Final = Table("measurements")
TASK_TEXT: Final = Table("task_text")
TASK_COUNTS: Final = Table("task_counts")
PURGED: Final = Table("purged")
SEEN_TIME: Final = Table("seen_time")

_NO_REQUEST: Final = TaskRequest(kind="", goal="")


def task_columns(task: Task) -> dict[str, Any]:
    """The columns that change with a task. The request never does, and may be long: it is written once."""
    return {
        "status": task.status.value,
        "run": task.run,
        "expires_at": task.expires_at.isoformat(),
        "pinned": int(task.pinned),
        "trash_cause": None if task.trashed is None else task.trashed.cause.value,
        "trash_seen": None if task.trashed is None else task.trashed.seen,
        "state": encode_state(task),
    }


def encode_state(task: Task) -> bytes:
    """A task without its request, as JSON. Raises like `encode`."""
    return encode(replace(task, request=_NO_REQUEST))


def encode(record: object) -> bytes:
    """A record as JSON. Raises `StorageFailed` where JSON would not bring it back: an infinite number is null there."""
    try:
        content = msgspec.json.encode(record)
        comes_back = bool(msgspec.json.decode(content, type=type(record)) == record)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError):
        comes_back = False
    if not comes_back:
        raise StorageFailed(
            f"Part of a task ({type(record).__name__}) can't be kept and was not; all that was kept before still is.",
            hint="Try again. Should it happen again, report it with what you asked for: it is a defect in Legwork.",
        )
    return content


def decode_task(request: bytes, state: bytes) -> Task:
    """The task of the two columns."""
    return replace(msgspec.json.decode(state, type=Task), request=msgspec.json.decode(request, type=TaskRequest))


def decode_event(name: str, body: bytes) -> Event:
    """The event of the two columns."""
    if name not in EVENT_TYPES:
        raise msgspec.ValidationError(f"no event is called {name!r}")
    return msgspec.json.decode(body, type=EVENT_TYPES[name])


def match_expression(text: str) -> str:
    """What a person typed as an FTS5 query: all words, the last one perhaps only begun. Never a syntax error."""
    typed = text.encode("utf-8", "replace").decode("utf-8")  # half a character can't be handed to the database
    words = [word.replace('"', "") for word in typed.replace("\0", " ").split()]
    words = [word for word in words if any(sign.isalnum() for sign in word)]
    return " AND ".join(f'"{word}"' for word in words) + ("*" if words else "")
