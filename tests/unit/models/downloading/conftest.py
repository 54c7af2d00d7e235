"""A hub on loopback with a model of two megabytes, and a folder to download it into."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from desktop.engine import DownloadStatus
from desktop.models.downloading import Downloads, Hub, Patience
from tests.fakes.hub_server import HubServer, running_hub

ADDRESS = "maker/model-GGUF/model-Q4.gguf"
CONTENT = random.Random(7).randbytes(2 * 2**20 + 4321)  # noqa: S311 - any bytes will do


class QuickClock:
    """Whoever waits for the next try goes on at once, and for how long it would have been is remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._seconds = 0.0

    def monotonic(self) -> float:
        self._seconds += 5.0
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        if seconds < 1:
            await asyncio.sleep(seconds)  # until the next sign
        else:
            self.slept.append(seconds)


@pytest.fixture
async def hub() -> AsyncIterator[HubServer]:
    async with running_hub(HubServer(files={ADDRESS: CONTENT})) as server:
        yield server


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


@pytest.fixture
async def make_downloads(hub: HubServer, folder: Path, clock: QuickClock) -> AsyncIterator[Callable[..., Downloads]]:
    """Makes downloads into the folder, as each start of the program does; all are closed in the end."""
    made: list[Downloads] = []

    def make(*, token: str = "", silent_seconds: float = 20.0, tries: int | None = 5) -> Downloads:
        async def tell() -> str:
            return token

        patience = Patience(silent_seconds=silent_seconds, tries=tries)
        made.append(Downloads(folder, lambda: Hub(hub.hub_address, tell), clock=clock, patience=patience))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for downloads in made:
        await downloads.close()


@pytest.fixture
def downloads(make_downloads: Callable[..., Downloads]) -> Downloads:
    return make_downloads()


async def fetch(downloads: Downloads, address: str = ADDRESS) -> DownloadStatus:
    """Download to whatever end."""
    return await downloads.wait(downloads.start(address).id)
