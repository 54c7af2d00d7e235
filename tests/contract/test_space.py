"""What every measure of the room on a disk does."""

from pathlib import Path

import pytest

from desktop.engine import Space, StorageFailed
from desktop.store import DiskSpace
from tests.fakes.memory_space import MemorySpace


@pytest.fixture(params=["disk", "memory"])
def space(request: pytest.FixtureRequest, tmp_path: Path) -> Space:
    if request.param == "memory":
        return MemorySpace()
    (tmp_path / "data").mkdir()
    return DiskSpace(tmp_path / "data")


def take_away(space: Space, tmp_path: Path) -> None:
    if isinstance(space, MemorySpace):
        space.room = None
    else:
        (tmp_path / "data").rmdir()


async def test_room_is_counted_in_bytes_and_the_folder_named(space: Space) -> None:
    assert await space.free() > 1_000_000
    assert space.folder.endswith("data")


async def test_a_disk_that_is_gone_says_so(space: Space, tmp_path: Path) -> None:
    take_away(space, tmp_path)
    with pytest.raises(StorageFailed) as failed:
        await space.free()
    assert failed.value.hint
