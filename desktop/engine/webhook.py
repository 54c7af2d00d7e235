"""Where a program wants to be called about a task, and about what."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Occasion(StrEnum):
    """What there is to tell of a task; the names are those of the webhook's events."""

    STARTED = "task.started"
    PROGRESS = "task.progress"
    WAITING = "task.waiting"
    COMPLETED = "task.completed"
    FAILED = "task.failed"
    CANCELLED = "task.cancelled"


USUAL_OCCASIONS: Final = tuple(occasion for occasion in Occasion if occasion is not Occasion.PROGRESS)
"""What is told where the caller does not choose: progress is told only to whoever asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address to call. `secrets` sign what is sent; a task that was accepted does not carry them any more."""

    url: str
    events: tuple[Occasion, ...] = USUAL_OCCASIONS
    secrets: tuple[str, ...] = ()
    form: str = ""  # whose words are sent, a name in `Adapters.webhook_forms`; empty: Legwork's own
