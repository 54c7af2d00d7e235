"""The plan of a run with those of its parts, each below the step that it is a part of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from desktop.engine.plan import PlannedStep, Work

SEPARATOR: Final = "/"
"""Between the name of a part and that of its step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartPlan:
    title: str = ""
    steps: tuple[PlannedStep, ...] = ()


@dataclass(slots=True)
class NestedPlan:
    """What was last said of the plans of a run (under "") and its parts (under their full names)."""

    _plans: dict[str, _PartPlan] = field(default_factory=lambda: {"": _PartPlan()})

    def open(self, part: str, title: str) -> None:
        """There is such a part; what it intends is not known yet, unless it is opened again."""
        self._plans.setdefault(part, _PartPlan(title=title))

    def take(self, steps: Sequence[PlannedStep], part: str) -> tuple[PlannedStep, ...]:
        """Take in the plan of the run or of one of its parts; the whole of the plan with it."""
        self._plans[part] = replace(self._plans[part], steps=tuple(steps))
        return tuple(self._below(""))

    def _below(self, part: str) -> Iterator[PlannedStep]:
        """The steps of the part, those of its own parts after each that has some."""
        planned = self._plans[part].steps
        for step in planned:
            name = full_name(part, step.name)
            within = full_name(part, step.within) if step.within else part
            yield from self._with_parts(replace(step, name=name, within=within))
        names = {full_name(part, step.name) for step in planned}
        for inner, plan in self._plans.items():
            if inner and inner.rpartition(SEPARATOR)[0] == part and inner not in names:
                yield from self._with_parts(PlannedStep(name=inner, title=plan.title, work=Work(), within=part))

    def _with_parts(self, step: PlannedStep) -> Iterator[PlannedStep]:
        if step.name not in self._plans:
            yield step
            return
        inner = tuple(self._below(step.name))
        yield replace(step, work=Work()) if inner else step  # its work is theirs
        yield from inner


def full_name(part: str, name: str) -> str:
    """What the run calls something of a part by."""
    return f"{part}{SEPARATOR}{name}" if part else name
