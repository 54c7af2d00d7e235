"""Downloads and removal of models over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.api.server import LoopbackServer
from desktop.engine import DownloadState, Removal
from desktop.models.keeper import ModelKeeper
from tests.fakes.engine_double import EngineDouble
from tests.fakes.hub_server import Gate, HubServer, running_hub
from tests.fakes.small_shelf import keeper_of
from tests.fakes.tiny_gguf import write_tiny_model

ADDRESS = "maker/repo/model.gguf"
KEY = "maker--repo--model"


@pytest.fixture
async def hub() -> AsyncIterator[HubServer]:
    async with running_hub(HubServer(files={ADDRESS: bytes(10**6)})) as server:
        yield server


@pytest.fixture
async def keeper(tmp_path: Path, hub: HubServer) -> AsyncIterator[ModelKeeper]:
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    keeper = keeper_of(tmp_path / "data", hub=hub.hub_address)
    yield keeper
    await keeper.downloads.close()


@pytest.fixture
async def announcement(tmp_path: Path, keeper: ModelKeeper) -> AsyncIterator[Announcement]:
    path = tmp_path / "data" / "engine.json"
    server = LoopbackServer(EngineDouble(tmp_path), announcement=path, keeper=keeper)  # type: ignore[arg-type]
    aio_task = asyncio.create_task(server.serve())
    await server.answering.wait()
    found = read_announcement(path)
    assert found is not None
    yield found
    aio_task.cancel()
    await asyncio.gather(aio_task, return_exceptions=True)


@pytest.fixture
async def client(announcement: Announcement) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {announcement.token}"}
    async with aiohttp.ClientSession(announcement.address, headers=headers) as session:
        yield session


async def test_a_download_is_started_watched_paused_and_ended(
    client: aiohttp.ClientSession, keeper: ModelKeeper, hub: HubServer
) -> None:
    gate = Gate(pieces=4)
    hub.at_storage.append(gate)
    async with client.post("/models/downloads", json={"model": ADDRESS}) as answer:
        assert (answer.status, (await answer.json())["id"]) == (202, KEY)
    await gate.held.wait()
    async with client.get("/models/downloads") as answer:
        (shown,) = (await answer.json())["downloads"]
        assert shown["state"] in ("starting", "running")
    async with client.post(f"/models/downloads/{KEY}/pause") as answer:
        assert (await answer.json())["state"] == "paused"

    async with client.post("/models/downloads", json={"model": KEY}) as answer:
        assert answer.status == 202
    assert (await keeper.downloads.wait(KEY)).state is DownloadState.COMPLETED
    async with client.get("/models/downloads") as answer:
        assert [one["state"] for one in (await answer.json())["downloads"]] == ["completed"]


@pytest.mark.parametrize("body", [{"model": "no such model"}, {"model": 7}, {}])
async def test_what_can_t_be_downloaded_is_refused(client: aiohttp.ClientSession, body: dict[str, object]) -> None:
    async with client.post("/models/downloads", json=body) as answer:
        assert answer.status == 422
    async with client.post("/models/downloads/gone/pause") as answer:
        assert answer.status == 422


async def test_models_and_downloads_are_removed(
    announcement: Announcement, keeper: ModelKeeper, hub: HubServer, tmp_path: Path
) -> None:
    running = RunningEngine(announcement)
    path = write_tiny_model(tmp_path / "data" / "models" / "here it is.gguf")
    size = path.stat().st_size
    await keeper.downloads.pause(keeper.downloads.start(ADDRESS).id)

    assert await asyncio.to_thread(running.remove_model, "here it is") == Removal(name="here it is", freed=size)
    assert await asyncio.to_thread(running.remove_model, KEY) == Removal(name="model", freed=0)
    assert keeper.downloads.list() == ()
    with pytest.raises(Refused):
        await asyncio.to_thread(running.remove_model, KEY)


async def test_a_loaded_model_stays(client: aiohttp.ClientSession, keeper: ModelKeeper, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "data" / "models" / "tiny.gguf")
    try:
        await keeper.models.open("tiny").load()
        async with client.delete("/models/tiny") as answer:
            assert answer.status == 409
            assert "is loaded right now" in (await answer.json())["detail"]
    finally:
        await keeper.models.close()
    assert path.exists()
