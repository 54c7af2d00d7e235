"""What becomes of a store when the process that uses it is killed."""

import asyncio
from typing import Any

from tests.fakes.memory_store import MemoryStore


class MortalStore:
    """A store in memory as one process has it: once that is killed, nothing of it arrives any more."""

    def __init__(self, kept: MemoryStore) -> None:
        self._kept = kept
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        if self.is_dead:
            return self._vanish
        return getattr(self._kept, name)

    async def _vanish(self, *_: object, **__: object) -> None:
        raise asyncio.CancelledError


async def kill_all() -> None:
    """End whatever runs besides the test, as the end of a process does."""
    for _ in range(20):
        for aio_task in asyncio.all_tasks() - {asyncio.current_task()}:
            aio_task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
