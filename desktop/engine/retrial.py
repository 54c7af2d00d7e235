"""A new run of a task that has ended: from the start, or from a step, with what was finished before it.

*From a step* takes over the results of the steps before it. A step that was done is then done anew; of one that stopped
half-way the finished items are taken over as well, since nothing that is finished is to run twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from desktop.engine.errors import InvalidRequest
from desktop.engine.identifiers import RunNumber
from desktop.engine.plan import Progress, StepProgress, StepStatus
from desktop.engine.ports import Clock, Reuse
from desktop.engine.progress import ProgressTracker
from desktop.engine.task import Task, TaskStatus
from desktop.engine.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrial:
    """The task as a new run begins, and what that takes over from the run before."""

    task: Task
    reuse: Reuse | None = None


def retry_steps(task: Task) -> tuple[StepProgress, ...]:
    """The steps that a new run of an ended task can begin from: those that it came to, in their order."""
    steps = task.progress.steps
    begun = [number for number, step in enumerate(steps) if _is_begun(step)]
    following = begun[-1] + 1 if begun else 0
    stopped_between = not begun or steps[begun[-1]].status is StepStatus.DONE
    if stopped_between and task.status is not TaskStatus.COMPLETED:
        begun += range(following, len(steps))[:1]
    return tuple(steps[number] for number in begun)


def stopping_step(task: Task) -> StepProgress | None:
    """The step in which an ended task stopped; None where it did all that it came to.

    Of a step with parts it is the part, so that what is finished of the others is taken over.
    """
    unfinished = [step for step in retry_steps(task) if step.status is not StepStatus.DONE]
    wholes = {step.within for step in unfinished}
    return next((step for step in unfinished if step.name not in wholes), None)


def retrial(task: Task, from_step: str | None, model_size: int, clock: Clock) -> Retrial:
    """A new run of an ended task. Raises `InvalidRequest` for a step that it does not have, or did not come to."""
    if from_step is None:
        return Retrial(task=_fresh(task, Progress(), builds_on=()))
    place = _place_of(task, from_step)
    steps = task.progress.steps
    open_ended = steps[place].status is not StepStatus.DONE
    kept = steps[: place + open_ended]
    anew = tuple(_not_begun(step) for step in steps[len(kept) :])
    tracker = ProgressTracker(clock=clock, model_size=model_size)
    tracker.restore(Progress(steps=(*(_taken_over(step) for step in kept), *anew)))
    earlier = task.builds_on if task.started_at is None else (task.run, *task.builds_on)
    return Retrial(
        task=_fresh(task, tracker.snapshot(), builds_on=earlier),
        reuse=Reuse(run=task.run, steps=tuple(step.name for step in kept)),
    )


def _is_begun(step: StepProgress) -> bool:
    return step.status is not StepStatus.PENDING or step.done > 0 or step.seconds > 0


def _place_of(task: Task, name: str) -> int:
    steps = task.progress.steps
    names = [step.name for step in steps]
    possible = _listed([step.name for step in retry_steps(task)])
    way_out = f"Retry it from one of these: {possible}; or from the start." if possible else "Retry it from the start."
    if name not in names:
        has = f"Its steps are {_listed(names)}." if names else "It had made no plan yet."
        raise InvalidRequest(f"The task has no step “{name}”; nothing was started. {has}", hint=way_out)
    if name not in [step.name for step in retry_steps(task)]:
        title = steps[names.index(name)].title
        raise InvalidRequest(
            f"Run {task.run} never came to the step “{name}” ({title}), so there is nothing to begin it with; nothing "
            "was started.",
            hint=way_out,
        )
    return names.index(name)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _fresh(task: Task, progress: Progress, *, builds_on: tuple[RunNumber, ...]) -> Task:
    return replace(
        task,
        status=TaskStatus.QUEUED,
        run=RunNumber(task.run + 1),
        builds_on=builds_on,
        started_at=None,
        finished_at=None,
        progress=progress,
        usage=Usage(),
        estimate=None,
        draft="",
        result=None,
        failure=None,
        answered=None,
    )


def _taken_over(step: StepProgress) -> StepProgress:
    status = StepStatus.DONE if step.status is StepStatus.DONE else StepStatus.PENDING
    return replace(step, status=status, seconds=0.0, reused=step.done)


def _not_begun(step: StepProgress) -> StepProgress:
    return replace(step, status=StepStatus.PENDING, done=0, seconds=0.0, reused=0)
