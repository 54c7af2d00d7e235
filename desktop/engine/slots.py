"""The runtime's slots, handed to the calls of all tasks in the order of their rank."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from desktop.engine.identifiers import TaskId
from desktop.engine.ports import Clock
from desktop.engine.ranking import Ticket, ranked

PATIENCE = 60.0
"""Seconds of waiting for a slot that count as one priority more."""


class SlotGate:
    """Lets as many calls through at a time as the runtime has slots."""

    def __init__(self, capacity: int, clock: Clock) -> None:
        self._free = capacity
        self._clock = clock
        self._numbers = count()
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def slot(self, priority: int, task_id: TaskId) -> AsyncIterator[None]:
        """Hold a slot while the block runs."""
        await self._take(priority, task_id)
        try:
            yield
        finally:
            self._release()

    async def _take(self, priority: int, task_id: TaskId) -> None:
        if self._free:
            self._free -= 1
            return
        ticket = Ticket(priority=priority, task_id=task_id, since=self._clock.monotonic(), number=next(self._numbers))
        turn = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting.pop(ticket, None)
            if turn.done() and not turn.cancelled():  # the slot was handed over in the same moment
                self._release()
            raise

    def _release(self) -> None:
        for ticket in ranked(self._waiting, PATIENCE):
            turn = self._waiting.pop(ticket)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
