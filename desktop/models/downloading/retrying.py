"""What is done about interruptions: wait, longer each time, and try again."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from desktop.engine import Clock
from desktop.models.downloading.errors import DownloadFailed, Interrupted

logger = logging.getLogger(__name__)

R = TypeVar("R")

_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0
_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a download bears with a network."""

    silent_seconds: float = 30.0  # without a byte, after which a connection is given up
    tries: int | None = None  # in a row that bring nothing; None: for ever


class Retrying:
    """Counts the interruptions of one download. `on_wait` hears of each before it is waited out."""

    def __init__(self, clock: Clock, patience: Patience, on_wait: Callable[[Interrupted], None]) -> None:
        self.patience = patience
        self._clock = clock
        self._on_wait = on_wait
        self._failures = 0  # in a row

    def progressed(self) -> None:
        """Something came: whatever failed before no longer counts."""
        self._failures = 0

    async def insist(self, work: Callable[[], Awaitable[R]]) -> R:
        """Do it until it is not interrupted. Raises `DownloadFailed` after too many interruptions."""
        while True:
            try:
                return await work()
            except Interrupted as error:
                await self.wait_out(error)

    async def wait_out(self, error: Interrupted) -> None:
        """Wait for the next try. Raises `DownloadFailed` where there were too many."""
        self._failures += 1
        limits = [most for most in (self.patience.tries, error.most) if most is not None]
        if limits and self._failures >= min(limits):
            raise DownloadFailed(
                f"{error.message} It was tried {self._failures} times.", hint=error.hint or "Try again later."
            ) from error
        logger.info("a download is interrupted: %s", error.message)
        self._on_wait(error)
        wait = min(_FIRST_WAIT * 2.0 ** min(self._failures - 1, _DOUBLINGS), _LONGEST_WAIT)
        await self._clock.sleep(max(wait, error.retry_after))
