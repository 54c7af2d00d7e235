"""Where a command does its work: here, or in the Legwork that owns the data folder. That may change at any moment."""

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from desktop.api.announcement import read_announcement
from desktop.api.errors import EngineGone, HandoverFailed
from desktop.engine import DataFolderInUse
from desktop.paths import Paths

if TYPE_CHECKING:
    from desktop.api.client import RunningEngine

T = TypeVar("T")

LOOK_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 20.0


class Patience:
    """How long an owner of the data folder may be silent. Just started, it takes a moment to answer."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """It answered: it may be silent again for as long."""
        self._ends = time.monotonic() + ANSWER_SECONDS

    def check(self, taken: DataFolderInUse) -> None:
        """Raise `HandoverFailed` once it has been silent for too long."""
        if time.monotonic() > self._ends:
            raise HandoverFailed(
                f"{taken.message} It does not answer.", hint="End that process and run the command again."
            ) from taken


def here_or_there(paths: Paths, patience: Patience, here: Callable[[], T], there: Callable[["RunningEngine"], T]) -> T:
    """What `here` gives; where it raises `DataFolderInUse`, what `there` gives with the engine of the owner.

    Where that one ends in the middle of it, `here` has its turn again. Raises `HandoverFailed` for an owner that does
    not answer, and whatever the two raise.
    """
    while True:
        try:
            return here()
        except DataFolderInUse as taken:
            with contextlib.suppress(EngineGone):
                announcement = read_announcement(paths.engine)
                if announcement is not None:
                    from desktop.api.client import RunningEngine  # no first start needs the HTTP client

                    return there(RunningEngine(announcement))
            patience.check(taken)
            time.sleep(LOOK_SECONDS)
