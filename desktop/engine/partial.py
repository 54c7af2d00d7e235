"""What a run that did not complete leaves of a result."""

from desktop.engine.plan import StepProgress, StepStatus
from desktop.engine.result import Result, Verdict, Verification
from desktop.engine.retrial import stopping_step
from desktop.engine.task import Task, TaskStatus

_ENDS = {TaskStatus.CANCELLED: "was cancelled", TaskStatus.FAILED: "failed"}


def partial_result(task: Task) -> Result | None:
    """The draft of a cancelled or failed task as an unverified result that says how far it got; None without one."""
    if task.status not in _ENDS or not task.draft:
        return None
    note = f"This is a part of a result, and nothing of it was checked: the task {_ENDS[task.status]}{_where(task)}."
    return Result(summary=task.draft, verification=Verification(verdict=Verdict.NOT_VERIFIED, note=note))


def counted(step: StepProgress) -> str:
    """How many of a step's items are done: “12 of 38 passages”; empty where they aren't counted."""
    return f"{step.done:,} of {step.total:,} {step.unit}".rstrip() if step.total > 1 else ""


def kept_steps(task: Task) -> str:
    """What a new run need not do again: “Find the files, Take notes (12 of 38 passages)”; empty for nothing."""
    kept = [step for step in task.progress.steps if step.status is StepStatus.DONE or step.done]
    return ", ".join(f"{step.title} ({count})" if (count := counted(step)) else step.title for step in kept)


def _where(task: Task) -> str:
    step = stopping_step(task)
    if step is None:
        return ""
    count = counted(step)
    return f" at the step “{step.title}”" + (f", when {count} were done" if count else "")
