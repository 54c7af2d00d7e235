"""Notices when turns bring nothing new."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from desktop.agents.assistant.turn import READING, Turn

FAILURES: Final = 3
"""Failed calls in a row after which the plan is made anew."""
MOST_STALE: Final = 4
"""Turns in a row that repeated a call with its output: then nothing more is expected."""
MOST_FAILURES: Final = 7

_SECONDS: Final = re.compile(r"\b\d+(?:\.\d+)? (?:milli)?seconds?\b")


def earlier_like(turns: Sequence[Turn], turn: Turn) -> int:
    """The number of the last turn with the same call and output, but for how long it took; 0 where there is none.

    Who reads the same once more has read nothing new, however it was asked for.
    """
    output, action = _timeless(turn.output), turn.choice.action
    for each in reversed(turns):
        same = each.choice.action == action if action == READING else each.call == turn.call
        if same and _timeless(each.output) == output:
            return each.number
    return 0


def stale(turns: Sequence[Turn]) -> int:
    """How many turns at the end repeated an earlier one, whichever: rings of several calls count too."""
    return _at_end(turns, lambda turn: turn.like > 0)


def failures(turns: Sequence[Turn]) -> int:
    """How many turns at the end failed."""
    return _at_end(turns, lambda turn: turn.failed)


def stuck(turns: Sequence[Turn]) -> str:
    """Why it is of no use to go on, for a person; empty where it is."""
    if stale(turns) >= MOST_STALE:
        return f"it went in circles: {MOST_STALE} turns in a row repeated earlier ones"
    if failures(turns) >= MOST_FAILURES:
        return f"{MOST_FAILURES} calls in a row failed"
    return ""


def needs_a_new_plan(turns: Sequence[Turn]) -> str:
    """Why the plan does not work out, for the model; empty where nothing says so."""
    if stale(turns) == 2:
        return "You repeat calls that bring nothing new."
    count = failures(turns)
    if count and count % FAILURES == 0:
        return f"The last {FAILURES} calls failed."
    return ""


def _timeless(output: str) -> str:
    return _SECONDS.sub("", output)


def _at_end(turns: Sequence[Turn], is_so: Callable[[Turn], bool]) -> int:
    count = 0
    for turn in reversed(turns):
        if not is_so(turn):
            break
        count += 1
    return count
