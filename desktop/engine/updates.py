"""What the engine tells whoever listens, and what it promises before a start."""

from collections.abc import Callable
from dataclasses import dataclass

from desktop.engine.events import RecordedEvent
from desktop.engine.plan import Estimate
from desktop.engine.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdate:
    """A task as it is now, with live progress and time left, and the event that changed it (None: progress only).

    `gone` says that it was deleted for good: `task` is how it was, and nothing of it is left.
    """

    task: Task
    event: RecordedEvent | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a request would take if it were submitted now: until its end, and how many tasks go first."""

    estimate: Estimate
    position: int


Listener = Callable[[TaskUpdate], None]
"""Called on the engine's loop; must return at once and never raise."""
