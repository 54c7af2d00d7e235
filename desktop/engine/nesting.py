"""Steps and their parts in the order in which a person reads them: each part below what it is a part of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Nestable(Protocol):
    """A step that may be a part of another one, whoever shows it."""

    @property
    def name(self) -> str:
        """Its name, of which there is one in a run."""

    @property
    def within(self) -> str:
        """The name of what it is a part of; empty for most."""


S = TypeVar("S", bound=Nestable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested(Generic[S]):
    """A step in its place."""

    step: S
    depth: int  # 0 for one that is no part of another
    parts: int  # how many of the steps that follow are its parts, and theirs


def nested(steps: Sequence[S]) -> tuple[Nested[S], ...]:
    """All steps, each followed by its parts, otherwise in their order.

    A part of a step that there is not stands by itself, and so does one that would be a part of itself.
    """
    names = {step.name for step in steps}
    parts: dict[str, list[S]] = {}
    for step in steps:
        parts.setdefault(step.within if step.within in names else "", []).append(step)
    seen: set[str] = set()
    found: list[Nested[S]] = []
    for step in (*parts.get("", ()), *steps):
        found += _with_parts(step, 0, parts, seen)
    return tuple(found)


def _with_parts(step: S, depth: int, parts: dict[str, list[S]], seen: set[str]) -> Iterator[Nested[S]]:
    if step.name in seen:
        return
    seen.add(step.name)
    below = [each for part in parts.get(step.name, ()) for each in _with_parts(part, depth + 1, parts, seen)]
    yield Nested(step=step, depth=depth, parts=len(below))
    yield from below
