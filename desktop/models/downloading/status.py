"""How a download stands, for whoever shows it."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_WINDOW_SECONDS: Final = 10.0


class DownloadState(StrEnum):
    """Where a download stands."""

    STARTING = "starting"  # the hub is asked, and what is there from before is read
    RUNNING = "running"
    RETRYING = "retrying"  # broke off; goes on by itself
    PAUSED = "paused"  # until it is started again
    FAILED = "failed"  # until it is started again; `problem` and `hint` say why
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadStatus:
    """A download as it stands now."""

    id: str
    name: str  # of the model, for a person
    state: DownloadState
    done: int = 0  # bytes
    total: int = 0  # bytes; 0 until the hub has said
    speed: float = 0.0  # bytes a second, lately
    seconds_left: float | None = None  # None while there is no basis to tell
    problem: str = ""
    hint: str = ""
    path: str = ""  # of the model, once it is completed

    @property
    def is_moving(self) -> bool:
        """Whether somebody works at it now."""
        return self.state in (DownloadState.STARTING, DownloadState.RUNNING, DownloadState.RETRYING)


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
