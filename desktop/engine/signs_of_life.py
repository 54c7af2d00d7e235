"""What shows that a run moves: a token, a piece of a prompt, an item, a step, a document."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from desktop.engine.ports import Clock

TICK_SECONDS: Final = 2.0
"""How often a run shows that it waits for something that ends by itself."""


@dataclass(slots=True)
class SignsOfLife:
    """Counts them."""

    count: int = 0

    def give(self) -> None:
        """Something moved."""
        self.count += 1

    @asynccontextmanager
    async def regularly(self, clock: Clock) -> AsyncIterator[None]:
        """Until the block ends the run counts as alive: what it waits for has a limit of its own."""
        ticking = asyncio.create_task(self._tick(clock), name="signs of life")
        try:
            yield
        finally:
            ticking.cancel()

    async def _tick(self, clock: Clock) -> None:
        while True:
            self.give()
            await clock.sleep(TICK_SECONDS)
