"""Tries: what makes one answer to the same question differ from another."""

from dataclasses import dataclass
from typing import Final

PROGRAMS: Final = 6
"""Tries at the program: the first one as the model thinks best, the others with some chance in them."""
MORE_PROGRAMS: Final = 6
"""Further ones where the first do not agree."""
TESTS: Final = 3
"""Tries at the test cases."""
REPAIRS: Final = 3
"""Tries at each repair."""
TEMPERATURE: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One try."""

    seed: int
    temperature: float
    thinks: bool = False  # whether the rules are gone through before the program is written


def draws(count: int, *, after: int = 0, thinking: bool = False) -> list[Draw]:
    """So many tries, `after` so many others; with `thinking`, every second one goes through the rules first."""
    return [
        Draw(
            seed=number + 1,
            temperature=TEMPERATURE if number else 0.0,
            thinks=thinking and number % 2 == 1,
        )
        for number in range(after, after + count)
    ]
