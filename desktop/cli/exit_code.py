"""How a command ended, for scripts."""

from enum import IntEnum

from desktop.engine import TaskStatus


class ExitCode(IntEnum):
    """The exit codes of every command."""

    COMPLETED = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    NEEDS_PERSON = 4


def exit_code_of(status: TaskStatus) -> ExitCode:
    """The exit code for a task that was waited for, and has this status now."""
    match status:
        case TaskStatus.COMPLETED:
            return ExitCode.COMPLETED
        case TaskStatus.CANCELLED:
            return ExitCode.CANCELLED
        case TaskStatus.FAILED:
            return ExitCode.FAILED
        case TaskStatus.WAITING | TaskStatus.PAUSED | TaskStatus.QUEUED | TaskStatus.RUNNING:
            return ExitCode.NEEDS_PERSON
