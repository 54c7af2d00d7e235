"""How fast a download is."""

from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 10.0


class Speedometer:
    """How fast bytes have come of late."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """At `now` (seconds) `done` bytes are there. Fewer than before begin a new measurement."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_SECONDS:
            self._seen.popleft()

    def clear(self) -> None:
        """Nothing comes now."""
        self._seen.clear()

    @property
    def speed(self) -> float:
        """Bytes a second."""
        if len(self._seen) < 2:
            return 0.0
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - start) if end > start else 0.0
