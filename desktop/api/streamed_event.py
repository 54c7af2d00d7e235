"""An event of a task as its stream tells it, read from server-sent events (HTML standard, section 9.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from desktop.api.errors import HandoverFailed
from desktop.api.representation import PublicTask, task_from_json

_STATES = frozenset({"snapshot", "progress"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedEvent:
    """Something that happened (`number` and `fields`), or the task as it is now (`task`)."""

    name: str
    number: int | None = None
    task: PublicTask | None = None
    fields: dict[str, Any] | None = None


def streamed_events(lines: Iterable[bytes]) -> Iterator[StreamedEvent]:
    """The events in a stream that is read line by line; comments are skipped, and an event that is cut off is left out.

    Raises `HandoverFailed` for a stream of another version.
    """
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in found:
            found["data"] += f"\n{value}"
        elif name:
            found[name] = value
        elif not line.strip() and "data" in found:
            yield _event(found)
            found = {}


def _event(found: dict[str, str]) -> StreamedEvent:
    name, data = found.get("event", ""), found["data"].encode()
    try:
        if name in _STATES:
            return StreamedEvent(name=name, task=task_from_json(data))
        return StreamedEvent(name=name, number=int(found["id"]), fields=msgspec.json.decode(data, type=dict[str, Any]))
    except (KeyError, ValueError) as error:  # msgspec's errors are ValueErrors
        raise HandoverFailed(
            "The running Legwork tells of a task in a way that this one does not understand: another version?",
            hint="End it, and start this version.",
        ) from error
