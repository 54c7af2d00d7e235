"""How long a task is kept, in words."""

from desktop.api.representation import PublicTask
from desktop.cli.wording import day


def keeping_line(task: PublicTask) -> str:
    """How long a task is kept, and what changes that."""
    if task.trashed_at is not None:
        return f"in Trash since {day(task.trashed_at)}. 'legwork restore {task.task_id}' brings it back."
    if task.pinned:
        return "pinned; it stays until it is unpinned."
    if task.finished_at is None:
        return "kept until it ends, and then for the days that were asked for."
    return f"kept until {day(task.expires_at)}."
