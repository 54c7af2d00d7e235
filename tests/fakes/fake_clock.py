"""A clock that moves when the test says so."""

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Implements `Clock`. `advance` moves it and wakes whoever slept that long; `pass_on` gives others their turns."""

    def __init__(self) -> None:
        self.date = datetime(2026, 1, 1, tzinfo=UTC)
        self.seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self.date

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        turn = asyncio.get_running_loop().create_future()
        sleeper = self.seconds + seconds, turn
        self._sleepers.append(sleeper)
        try:
            await turn
        finally:
            if sleeper in self._sleepers:  # whoever slept was cancelled
                self._sleepers.remove(sleeper)

    async def advance(self, seconds: float) -> None:
        """Let that many seconds pass, and everything that waits for them happen."""
        self.seconds += seconds
        self.date += timedelta(seconds=seconds)
        due = [turn for until, turn in self._sleepers if until <= self.seconds]
        self._sleepers = [(until, turn) for until, turn in self._sleepers if until > self.seconds]
        for turn in due:
            if not turn.done():
                turn.set_result(None)
        await self.pass_on()

    async def run_for(self, seconds: float, step: float = 1.0) -> None:
        """Let that many seconds pass one after the other, as they do where nothing sleeps."""
        for _ in range(round(seconds / step)):
            await self.advance(step)

    async def pass_on(self, turns: int = 200) -> None:
        """Give everybody else that many turns of the loop."""
        for _ in range(turns):
            await asyncio.sleep(0)
