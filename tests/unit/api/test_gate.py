"""Who may come in."""

import aiohttp
import pytest

from desktop.api import gate
from tests.unit.api.conftest import Served


async def test_what_is_not_the_token_is_refused(served: Served) -> None:
    for value in ("", "Bearer", "Bearer x", "Basic {token}", "{token}", "bearer {token}", "Bearer {token}x"):
        headers = {"Authorization": value.format(token=served.announcement.token)}
        assert await status_of(served, headers) == 401


async def test_a_foreign_host_is_refused_even_with_the_token(served: Served) -> None:
    port = served.announcement.address.rpartition(":")[2]
    foreign = ("evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil.example:{port}", "")
    for host in foreign:
        assert await status_of(served, served.headers | {"Host": host}) == 403


async def test_the_name_localhost_is_this_machine(served: Served) -> None:
    port = served.announcement.address.rpartition(":")[2]
    headers = served.headers | {"Host": f"LOCALHOST:{port}"}
    async with aiohttp.request("GET", served.announcement.address + "/tasks", headers=headers) as answer:
        assert answer.status == 200


async def test_any_origin_is_refused_even_with_the_token(served: Served) -> None:
    for origin in ("https://evil.example", "null", served.announcement.address, ""):
        assert await status_of(served, served.headers | {"Origin": origin}) == 403


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"])
async def test_a_body_of_another_form_is_refused(
    client: aiohttp.ClientSession, served: Served, media_type: str
) -> None:
    for path in ("/tasks", "/nowhere"):
        async with client.post(path, data=b"{}", headers={"Content-Type": media_type}) as answer:
            assert (answer.status, answer.content_type) == (415, "application/problem+json")
    assert not served.engine.requests


async def status_of(served: Served, headers: dict[str, str]) -> int:
    async with aiohttp.request("GET", served.announcement.address + "/tasks", headers=headers) as answer:
        return answer.status


async def test_a_request_that_announces_too_much_is_refused(
    client: aiohttp.ClientSession, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MAX_BODY_BYTES", 1000)
    async with client.post("/tasks", json={"kind": "documents", "goal": "x" * 2000}) as answer:
        assert answer.status == 413
    assert not served.engine.requests


async def test_a_request_that_grows_too_large_is_refused(
    client: aiohttp.ClientSession, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MAX_BODY_BYTES", 1000)

    async def pieces():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b"x" * 100

    async with client.post("/tasks", data=pieces(), headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 413
    assert not served.engine.requests
