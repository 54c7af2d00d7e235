"""The real clock and the real maker of identifiers."""

import asyncio
import time
from datetime import UTC, datetime

from desktop.engine.identifiers import TaskId


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The date and time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()

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
