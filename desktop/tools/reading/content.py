"""What a reader hands back, before it becomes a `Document`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop.engine import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Parts, which may still be read while they are taken, and notes, complete once all parts were taken."""

    parts: Iterable[Part]
    notes: list[str] = field(default_factory=list)
