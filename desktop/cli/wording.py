"""Durations, sizes and the state of a task in words."""

from collections.abc import Sequence
from datetime import datetime
from shlex import quote
from typing import Final

from desktop.api.representation import AcceptedTask, PublicStep, PublicTask, PublicVerification
from desktop.cli.terminal import harmless, one_line
from desktop.engine import Activity, Nested, StepStatus, TaskStatus, Verdict, how_it_ran, nested

_VERDICTS: Final = {
    Verdict.VERIFIED: "verified",
    Verdict.PARTLY: "partly verified",
    Verdict.NOT_VERIFIED: "unverified",
    Verdict.FAILED: "its check failed",
}
_ACTIVITIES: Final = {
    Activity.LOADING: "loading the model",
    Activity.WAITING: "waiting for the model",
    Activity.READING: "reading",
    Activity.WRITING: "writing",
}
_SIZES: Final = ("bytes", "kB", "MB", "GB", "TB")


def duration(seconds: float) -> str:
    """A duration as a person says it: `45 s`, `4 min`, `2 h 10 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def day(at: datetime) -> str:
    """A date here: `2026-01-31`."""
    return f"{at.astimezone():%Y-%m-%d}"


def expectation(accepted: AcceptedTask | PublicTask) -> str:
    """When a task that was just accepted may be done."""
    ahead = f", after {accepted.position} ahead" if accepted.position else ""
    return f"{time_left(accepted)}{ahead}"


def time_left(task: AcceptedTask | PublicTask) -> str:
    """The likely time with its range, or that there is no basis for one yet."""
    if task.estimated_time is None:
        return "estimating…"
    if task.estimated_range is None:
        return f"about {duration(task.estimated_time)}"
    low, high = (duration(end) for end in task.estimated_range)
    reach = low if low == high else f"{low} to {high}"
    return f"about {duration(task.estimated_time)} ({reach})"


def size(count: int) -> str:
    """A number of bytes as a person says it."""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(_SIZES) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {_SIZES[unit]}" if unit == 0 else f"{amount:.1f} {_SIZES[unit]}"


def question_lines(task: PublicTask) -> list[str]:
    """What a task asks, what would happen word for word, and how to answer; nothing where it asks nothing."""
    asked = task.question
    if asked is None:
        return []
    command = f"legwork answer {task.task_id}"
    ways = [f"{command} {quote(choice)}" for choice in asked.choices] or [f"{command} 'TEXT'"]
    return [
        f"The task needs an answer from you: {one_line(asked.text)}",
        *(f"  | {harmless(line)}" for line in asked.details.split("\n") if asked.details),
        *(f"Answer: {one_line(way)}" for way in ways),
    ]


def step_lines(task: PublicTask) -> list[str]:
    """One line for each step, its parts set in below it."""
    lines = nested(task.progress.steps)
    return [_step_line(line, lines[number + 1 : number + 1 + line.parts]) for number, line in enumerate(lines)]


def _step_line(line: Nested[PublicStep], parts: Sequence[Nested[PublicStep]]) -> str:
    step = line.step
    seconds = step.seconds + sum(part.step.seconds for part in parts)
    counted = f" {step.done}/{step.total} {step.unit}".rstrip() if step.total > 1 else ""
    reused = (f" · {step.reused} reused" if step.total > 1 else " · reused") if step.reused else ""
    said = f"{step.status.value:<8} {one_line(step.title)}{counted} · {duration(seconds)}{reused}"
    return "  " * (1 + line.depth) + said


def current_steps(task: PublicTask) -> tuple[PublicStep, ...]:
    """The step that runs, and of its parts the one that does, and so on; empty where none runs."""
    path: list[PublicStep] = []
    for line in nested(task.progress.steps):
        is_next = line.step.within == path[-1].name if path else line.depth == 0
        if line.step.status is StepStatus.RUNNING and is_next:
            path.append(line.step)
    return tuple(path)


def _where(task: PublicTask) -> str:
    """The step that runs, with its number from 1: “step 2 of 5: Ask for a part: Read 3/9 pages”."""
    path = current_steps(task)
    if not path:
        return ""
    outer = [line.step.name for line in nested(task.progress.steps) if line.depth == 0]
    step = path[-1]
    counted = f" {step.done}/{step.total} {step.unit}".rstrip() if step.total > 1 else ""
    titles = ": ".join(each.title for each in path)
    return f"step {outer.index(path[0].name) + 1} of {len(outer)}: {titles}{counted}"


def progress_line(task: PublicTask) -> str:
    """Where the task stands, in one line."""
    if task.status is TaskStatus.QUEUED:
        ahead = f"{task.position} ahead" if task.position else "next"
        return " · ".join(["Queued, " + ahead, *([task.waits] if task.waits else []), time_left(task)])
    if task.hold:
        return f"Paused, goes on by itself · {task.hold}"
    if task.status is not TaskStatus.RUNNING:
        return task.status.value.capitalize()
    parts = [f"{task.progress.fraction:.0%}"]
    if where := _where(task):
        parts.append(where)
    if task.progress.stalled_seconds:
        parts.append(f"stalled for {duration(task.progress.stalled_seconds)}")
    parts.append(f"{time_left(task)} left" if task.estimated_time is not None else time_left(task))
    if task.progress.activity in _ACTIVITIES:
        parts.append(_ACTIVITIES[task.progress.activity])
    if task.progress.tokens_per_second >= 1:
        parts.append(f"{task.progress.tokens_per_second:.0f} tok/s")
    return " · ".join(parts)


def usage_lines(task: PublicTask) -> list[str]:
    """On what the task ran, and what it took there; nothing where it used no model."""
    return [] if task.usage is None else [one_line(f"{what}: {told}") for what, told in how_it_ran(task.usage)]


def verification_line(verification: PublicVerification) -> str:
    """How far the result could be checked."""
    checks = ", ".join(f"{check.name} {check.passed}/{check.total}" for check in verification.checks)
    parts = [_VERDICTS[verification.verdict], checks, verification.note]
    return "Result: " + " · ".join(part for part in parts if part)
