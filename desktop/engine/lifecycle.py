"""Which status may follow which. The one transition table; whatever is not in it raises."""

from typing import Final

from desktop.engine.errors import ForbiddenTransition
from desktop.engine.task import TaskStatus

_NEXT: Final[dict[TaskStatus, frozenset[TaskStatus]]] = {
    TaskStatus.QUEUED: frozenset({TaskStatus.RUNNING, TaskStatus.PAUSED, TaskStatus.CANCELLED, TaskStatus.FAILED}),
    TaskStatus.RUNNING: frozenset(
        {
            TaskStatus.QUEUED,  # found running when the engine starts
            TaskStatus.WAITING,
            TaskStatus.PAUSED,
            TaskStatus.COMPLETED,
            TaskStatus.FAILED,
            TaskStatus.CANCELLED,
        }
    ),
    TaskStatus.WAITING: frozenset({TaskStatus.RUNNING, TaskStatus.QUEUED, TaskStatus.CANCELLED, TaskStatus.FAILED}),
    TaskStatus.PAUSED: frozenset({TaskStatus.QUEUED, TaskStatus.CANCELLED}),
    TaskStatus.COMPLETED: frozenset(),
    TaskStatus.FAILED: frozenset(),
    TaskStatus.CANCELLED: frozenset(),
}

TERMINAL: Final = frozenset(status for status, following in _NEXT.items() if not following)
UNFINISHED: Final = frozenset(TaskStatus) - TERMINAL


def may_follow(status: TaskStatus, following: TaskStatus) -> bool:
    """Whether a task in `status` may go to `following`."""
    return following in _NEXT[status]


def check_transition(status: TaskStatus, following: TaskStatus) -> None:
    """Raise `ForbiddenTransition` unless a task in `status` may go to `following`."""
    if not may_follow(status, following):
        raise ForbiddenTransition(
            f"A task that is {status} can't become {following}; it was left as it is.",
            hint="Retry it to run it again." if status in TERMINAL else "Look at its status and try again.",
        )
