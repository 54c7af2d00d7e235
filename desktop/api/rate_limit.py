"""How often one client may ask: generously, so that only a loop without a pause ever meets the limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

REQUESTS_PER_SECOND: Final = 200.0
"""Four times what 50 programs need that look every second."""

BURST: Final = 4000.0
"""What may come at once after a pause."""

_MAX_CLIENTS: Final = 1000


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_at: float


class RateLimit:
    """A bucket for each client, which every request takes one from and time fills. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, client: str) -> float:
        """Count a request: 0 where it may be answered, else the seconds until one may."""
        now = self._monotonic()
        bucket = self._buckets.get(client)
        if bucket is None:
            self._forget_quiet_ones(now)
            bucket = self._buckets[client] = _Bucket(left=BURST, filled_at=now)
        bucket.left = min(bucket.left + (now - bucket.filled_at) * REQUESTS_PER_SECOND, BURST)
        bucket.filled_at = now
        if bucket.left < 1:
            return (1 - bucket.left) / REQUESTS_PER_SECOND
        bucket.left -= 1
        return 0.0

    def _forget_quiet_ones(self, now: float) -> None:
        if len(self._buckets) < _MAX_CLIENTS:
            return
        filling = BURST / REQUESTS_PER_SECOND
        self._buckets = {name: each for name, each in self._buckets.items() if now - each.filled_at < filling}
