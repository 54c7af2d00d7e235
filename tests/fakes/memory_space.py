"""A disk whose room the test says."""

from desktop.engine import StorageBlocked


class MemorySpace:
    """Implements `Space`."""

    def __init__(self, room: int = 10**12) -> None:
        self.room: int | None = room  # None: the disk does not say

    @property
    def folder(self) -> str:
        return "/data"

    async def free(self) -> int:
        if self.room is None:
            raise StorageBlocked("The disk does not answer.", hint="Check it.")
        return self.room
