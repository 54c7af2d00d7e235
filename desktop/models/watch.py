"""Tells a runtime that is slow from one that hangs, by what it lets hear and by what it does.

All is counted in looks, each of a fixed length however late it comes: while this process does not run, as the machine
sleeps or somebody stopped it, nobody can be heard, and nobody is blamed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from desktop.models.limits import BUSY_SECONDS, LOAD_STILL_SECONDS, LOOK_SECONDS, STILL_SECONDS

Stirs = Callable[[float], bool]
"""Whether a process did anything in the seconds since it was asked last."""


class LoadStill(Exception):
    """A process that loads a model does nothing; the message says for how long."""


@dataclass(slots=True)
class LoadWatch:
    """Looks at a process that loads a model."""

    stirs: Stirs
    on_life: Callable[[], None]
    still: float = 0.0

    def __call__(self, seconds: float) -> None:
        """Look again after `seconds`. Raises `LoadStill`."""
        if self.stirs(seconds):
            self.still = 0.0
            self.on_life()
            return
        self.still += seconds
        if self.still >= LOAD_STILL_SECONDS:
            raise LoadStill(f"without a sign of work for {self.still:.0f} seconds")


@dataclass(slots=True)
class CallWatch:
    """Looks at a process that has been asked something."""

    stirs: Stirs
    answers: Callable[[], Awaitable[bool]]  # whether it says that it is there when it is asked
    on_life: Callable[[], None]
    silent_seconds: float
    silent: float = 0.0  # seconds since it was heard
    idle: float = 0.0  # seconds since it was heard or did anything
    still: float = 0.0  # seconds since it was heard, did anything, or said that it is there

    def rest(self) -> None:
        """It has been heard, or nothing was asked of it."""
        self.silent = self.idle = self.still = 0.0

    async def look(self) -> str:
        """Look again, `LOOK_SECONDS` after the last time: why it is to be given up, empty where it is not."""
        self.silent += LOOK_SECONDS
        self.idle += LOOK_SECONDS
        self.still += LOOK_SECONDS
        if self.stirs(LOOK_SECONDS):
            self.idle = self.still = 0.0
            self.on_life()
        if self.still >= STILL_SECONDS:
            if not await self.answers():
                return "" if self.stirs(LOOK_SECONDS) else "hung: it neither computed nor answered"
            self.still = 0.0
            self.on_life()
        if self.idle >= self.silent_seconds:
            return f"hung, without a sign of work for {self.idle:.0f} seconds"
        if self.silent >= BUSY_SECONDS:
            return f"hung: it computed for {self.silent / 60:.0f} minutes with nothing to show for it"
        return ""
