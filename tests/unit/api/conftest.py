"""A loopback server around an engine that the test moves by hand."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.second_start import SecondStart
from desktop.api.server import LoopbackServer
from tests.fakes.engine_double import EngineDouble
from tests.fakes.small_shelf import keeper_of


class Served:
    """The server's engine, its announcement, and how often its window was raised."""

    def __init__(self, folder: Path) -> None:
        self.engine = EngineDouble(folder)
        self.path = folder / "data" / "engine.json"
        self.path.parent.mkdir()
        self.raised = 0
        self.gave_way = 0
        self.allowed = folder / "open"
        self.allowed.mkdir()
        self.announcement: Announcement
        self.keeper = keeper_of(folder / "data")

    def on_raise(self) -> None:
        self.raised += 1

    def on_give_way(self) -> None:
        self.gave_way += 1

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.announcement.token}"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    found = Served(tmp_path)
    server = LoopbackServer(
        found.engine,  # type: ignore[arg-type]
        announcement=found.path,
        second_start=SecondStart(raise_window=found.on_raise, give_way=found.on_give_way),
        folders=[str(found.allowed)],
        keeper=found.keeper,
    )
    aio_task = asyncio.create_task(server.serve())
    await server.answering.wait()
    announcement = read_announcement(found.path)
    assert announcement is not None
    found.announcement = announcement
    yield found
    aio_task.cancel()
    await asyncio.gather(aio_task, return_exceptions=True)


@pytest.fixture
async def client(served: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(served.announcement.address, headers=served.headers) as session:
        yield session
