"""A clock that a test moves while the application runs: by a file that is read at every look."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

LOOK_SECONDS: Final = 0.02
"""How often a sleeper looks whether the clock was moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far the clock is from the real one."""

    date: float = 0.0  # seconds that are added to the date; may be negative
    monotonic: float = 0.0  # seconds that have passed besides the real ones; must never become less


def move(path: Path, shift: Shift) -> None:
    """Move the clock of whoever reads that file."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(shift))
    fresh.replace(path)


class MovedClock:
    """Implements `Clock`: the machine's clock, and the shift in the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._shift().date)

    def monotonic(self) -> float:
        return time.monotonic() + self._shift().monotonic

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_SECONDS))

    def _shift(self) -> Shift:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Shift)
        except FileNotFoundError:
            return Shift()
