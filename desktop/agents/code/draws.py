"""Tries: what makes one answer to the same question differ from another."""

from dataclasses import dataclass
from typing import Final

PROGRAMS: Final = 8
"""Tries at the program: the first one as the model thinks best, the others with some chance in them."""
MORE_PROGRAMS: Final = 8
"""Further ones where the first do not agree."""
TESTS: Final = 2
"""Tries at the test cases."""
REPAIRS: Final = 3
"""Tries at each repair."""
TEMPERATURE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One try."""

    seed: int
    temperature: float


def draws(count: int, *, after: int = 0) -> list[Draw]:
    """So many tries, `after` so many others."""
    return [Draw(seed=number + 1, temperature=TEMPERATURE if number else 0.0) for number in range(after, after + count)]
