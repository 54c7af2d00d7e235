"""How a step stands that is made of others, by how these stand."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from desktop.engine.plan import StepProgress, StepStatus

_UNIT: Final = "steps"


def with_parts(steps: Iterable[StepProgress]) -> tuple[StepProgress, ...]:
    """The steps, of which those that others are within count these, and show what becomes of them."""
    shown = tuple(steps)
    inner: dict[str, list[StepProgress]] = {}
    for step in reversed(shown):  # innermost first
        parts = inner.get(step.name, ())
        inner.setdefault(step.within, []).append(_standing(step, parts) if parts else step)
    by_name = {step.name: step for parts in inner.values() for step in parts}
    return tuple(by_name[step.name] for step in shown)


def _standing(step: StepProgress, parts: Sequence[StepProgress]) -> StepProgress:
    statuses = [part.status for part in parts]
    done = statuses.count(StepStatus.DONE)
    counted = replace(step, total=len(parts), done=done, unit=_UNIT)
    if StepStatus.RUNNING in statuses:
        return replace(counted, status=StepStatus.RUNNING)
    if step.status is not StepStatus.PENDING:  # it was carried out as a step itself
        return step
    if StepStatus.FAILED in statuses:
        return replace(counted, status=StepStatus.FAILED)
    return replace(counted, status=StepStatus.DONE) if done == len(parts) else counted
