"""How much time the program has seen pass, whatever the clock was set to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

PLAUSIBLE: Final = timedelta(hours=23)
"""From here on a gap that the program did not see says nothing: a machine was off, or its clock was moved.

A little less than the whole days by which clocks are moved.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTime:
    """Seconds that have passed for certain since the program first ran on a data folder. It never goes back.

    All of the time counts in which the program runs. Time in which it does not, or in which the machine sleeps, counts
    where it is shorter than `PLAUSIBLE`. A longer gap counts nothing, nor does time that the clock tells a second time
    after it went back; so a clock that is moved by a day or a year, either way, makes nothing older than it is.
    """

    seconds: float
    mark: datetime  # UTC: what the clock said of the latest moment that was counted

    def after(self, elapsed: float, now: datetime) -> Self:
        """As it is at `now`, with `elapsed` seconds by the monotonic clock since the last look of this process."""
        unseen = (now - self.mark).total_seconds() - elapsed
        if abs(unseen) >= PLAUSIBLE.total_seconds():
            return type(self)(seconds=self.seconds + elapsed, mark=now)
        return type(self)(seconds=self.seconds + elapsed + max(unseen, 0.0), mark=max(self.mark, now))
