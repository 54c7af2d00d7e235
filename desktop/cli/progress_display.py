"""The live progress of one task on standard error.

On a terminal one line is rewritten. Into a pipe goes a line when the status or the step changes, and otherwise only
when a fair bit has been done or some seconds have passed, so that a log stays readable.
"""

import time
from collections.abc import Callable
from typing import Final

from desktop.api.representation import PublicTask
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import current_steps, progress_line

_SECONDS_BETWEEN_LINES: Final = 5.0
_FRACTION_BETWEEN_LINES: Final = 0.1


class ProgressDisplay:
    """Shows each state of a task that is worth a line."""

    def __init__(self, terminal: Terminal, now: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._now = now
        self._shown_at = float("-inf")
        self._shown_fraction = 0.0
        self._shown_place: tuple[object, ...] = ()

    def show(self, task: PublicTask) -> bool:
        """Show the task as it is now; whether it was worth a line of a log."""
        worth = self._is_worth_a_line(task)
        if worth:
            self._shown_at, self._shown_fraction, self._shown_place = self._now(), task.progress.fraction, _place(task)
        if self._terminal.err_is_live:
            self._terminal.show_live_line(progress_line(task))
        elif worth:
            self._terminal.say(one_line(progress_line(task)))
        return worth

    def _is_worth_a_line(self, task: PublicTask) -> bool:
        return (
            _place(task) != self._shown_place
            or task.progress.fraction - self._shown_fraction >= _FRACTION_BETWEEN_LINES
            or self._now() - self._shown_at >= _SECONDS_BETWEEN_LINES
        )


def _place(task: PublicTask) -> tuple[object, ...]:
    return task.status, *(step.name for step in current_steps(task))
