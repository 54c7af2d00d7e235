"""The real clock and the real maker of identifiers."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from desktop.engine.identifiers import TaskId

TICKS_PER_SECOND: Final = 10_000_000
"""Of Windows' interrupt time."""


def awake_seconds(platform: str = sys.platform) -> Callable[[], float]:
    """What counts the seconds in which the machine was awake, so that no deadline passes while it sleeps.

    Python's monotonic clock does on Linux (CLOCK_MONOTONIC "does not count time that the system is suspended",
    clock_gettime(2)) and on macOS (mach_absolute_time stands still in sleep). On Windows it goes on in sleep, and
    QueryUnbiasedInterruptTime is the clock that does not.
    """
    if platform != "win32":
        return time.monotonic
    import ctypes  # no other start waits for it

    query = ctypes.windll.kernel32.QueryUnbiasedInterruptTime  # type: ignore[attr-defined]

    def seconds() -> float:
        ticks = ctypes.c_ulonglong()
        query(ctypes.byref(ticks))
        return ticks.value / TICKS_PER_SECOND

    return seconds


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._seconds = awake_seconds()

    def now(self) -> datetime:
        """The date and time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment in which the machine was awake; never goes back."""
        return self._seconds()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        await asyncio.sleep(seconds)


class SystemIdentifiers:
    """ULIDs (https://github.com/ulid/spec) from the system's randomness, always greater than the one before."""

    def new_task_id(self, now: datetime, after: TaskId | None) -> TaskId:
        """A new identifier for `now`, greater than `after` even within a millisecond or on a clock that went back."""
        from ulid import ULID  # looks its own version up at import, which no start waits for

        fresh = ULID.from_datetime(now)
        if after is not None and str(fresh) <= after:
            fresh = ULID.from_int(int(ULID.from_str(after)) + 1)
        return TaskId(str(fresh))
