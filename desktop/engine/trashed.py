"""That a task is in Trash: since when, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TrashCause(StrEnum):
    """Who took a task to Trash."""

    PERSON = "person"
    RETENTION = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trashed:
    """A stay in Trash. `seen` is what the program's `SeenTime` was at its beginning, in seconds."""

    at: datetime  # UTC, as the clock said
    cause: TrashCause
    seen: float
