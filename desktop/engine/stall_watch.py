"""Notices when nothing moves in a run, and for how long."""

from dataclasses import dataclass
from typing import Final

from desktop.engine.ports import Clock

STALLED_SECONDS: Final = 10.0
"""Without a sign of life after which a run counts as stalled: several tokens' time on the slowest machine in use, and
as long as a person looks at something that stands still before they wonder."""

GIVE_UP_SECONDS: Final = 300.0
"""Without a sign of life after which an attempt is given up: well beyond what anything that works on its own may take
in silence (a document has two minutes, and may stand in line behind another), and short enough for three attempts in
a coffee break."""

MOST_COUNTED_SECONDS: Final = 1.0
"""Silence that a look counts at most: whoever looks late could not have heard anybody."""

GAP_SECONDS: Final = 5.0
"""A look that is later than this comes after a time in which nothing ran here: the machine slept, or held us up."""


@dataclass(slots=True)
class StallWatch:
    """Counts silence from look to look; whoever owns it looks several times a second."""

    clock: Clock
    quiet: float = 0.0  # seconds since the run itself moved
    silence: float = 0.0  # seconds since anything it depends on showed life
    lost: float = 0.0  # seconds before the last look in which nothing could be done
    _looked: float = 0.0
    _signs: tuple[int, int] | None = None  # of the run, and of what it may wait for

    def __post_init__(self) -> None:
        self._looked = self.clock.monotonic()

    @property
    def stalled(self) -> float:
        """Seconds without any sign of life, 0 while they are no reason to worry."""
        return self.silence if self.silence >= STALLED_SECONDS else 0.0

    def look(self, own: int, others: int) -> None:
        """Take in the number of the run's own signs of life, and that of those of what it rightly waits for."""
        now = self.clock.monotonic()
        elapsed, self._looked = now - self._looked, now
        counted = min(elapsed, MOST_COUNTED_SECONDS)
        before, self._signs = self._signs, (own, others)
        self.quiet = 0.0 if before is None or before[0] != own else self.quiet + counted
        self.silence = 0.0 if before != self._signs else self.silence + counted
        self.lost = elapsed - counted if elapsed > GAP_SECONDS else 0.0
