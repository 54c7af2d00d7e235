"""Answering other machines."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from desktop.api.announcement import read_announcement
from desktop.api.errors import HandoverFailed
from desktop.api.outer_door import OuterDoor
from desktop.api.server import LoopbackServer
from tests.fakes.engine_double import EngineDouble


@pytest.mark.parametrize(
    ("door", "words"),
    [
        (OuterDoor(host="192.0.2.1", port=1), "--without-tls"),
        (OuterDoor(host="0.0.0.0", port=1, without_tls=True), "one address"),  # noqa: S104 - refused
        (OuterDoor(host="::", port=1, without_tls=True), "one address"),
        (OuterDoor(host="192.0.2.1", port=1, without_tls=True), "--host"),
        (OuterDoor(host="no such host", port=1), "address"),
        (OuterDoor(host="127.0.0.2", port=1, certificate=Path("/nowhere.pem")), "PEM"),
    ],
)
def test_a_door_that_would_be_unsafe_or_lead_nowhere_stays_shut(door: OuterDoor, words: str) -> None:
    with pytest.raises(HandoverFailed) as refused:
        door.bind()
    assert words in refused.value.hint


async def test_the_outer_door_knows_its_host_and_never_the_person(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "engine.json"
    engine = EngineDouble()
    server = LoopbackServer(engine, announcement=path, outer=OuterDoor(host="127.0.0.2"))  # type: ignore[arg-type]
    server.bind(0)
    aio_task = asyncio.create_task(server.serve())
    await server.answering.wait()
    announcement = read_announcement(path)
    assert announcement is not None
    assert server._outer_socket is not None
    address = f"http://127.0.0.2:{server._outer_socket.getsockname()[1]}"
    assert await status(address, announcement.token) == 200
    assert await status(address, announcement.own_token) == 401
    assert await status(address, announcement.token, Host="127.0.0.1") == 403
    assert await status(announcement.address, announcement.own_token) == 200
    aio_task.cancel()
    await asyncio.gather(aio_task, return_exceptions=True)
    with pytest.raises(aiohttp.ClientConnectorError):
        await status(address, announcement.token)


async def status(address: str, token: str, **headers: str) -> int:
    headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.request("GET", address + "/tasks", headers=headers) as answer:
        return answer.status
