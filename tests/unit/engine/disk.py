"""A disk that fills up, hangs or goes away under the store and the files of a world, at the test's word."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from desktop.engine import DiskFull, StorageFailed
from tests.unit.engine.conftest import World

T = TypeVar("T")


class Disk:
    """Every write that it refuses is counted, and every one that it took remembered by what it was."""

    def __init__(self, world: World) -> None:
        self.obstacle: StorageFailed | None = None
        self.refused = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self._world = world
        store: Any = world.store
        files: Any = world.files
        for port, name in ((store, "record"), (store, "add"), (store, "keep_delivery"), (files, "write")):
            setattr(port, name, self._guarded(getattr(port, name)))

    def fill(self, *, needed: int | None = None) -> None:
        """From now on there is no room for anything."""
        self.obstacle = DiskFull("The disk is full. All is kept.", hint="Make room.", folder="/data", needed=needed)
        self._world.space.room = 0

    def make_room(self, room: int = 10**12) -> None:
        """From now on there is."""
        self.obstacle = None
        self._world.space.room = room

    def _guarded(self, write: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        async def guarded(*given: Any) -> T:
            await self.answers.wait()
            if self.obstacle is not None:
                self.refused += 1
                if isinstance(self.obstacle, DiskFull):
                    self.obstacle.free = self._world.space.room
                raise self.obstacle
            return await write(*given)

        return guarded
