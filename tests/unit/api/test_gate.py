"""Who may come in."""

import aiohttp
import pytest

from desktop.api import gate
from desktop.api.allowed_folders import AllowedFolders
from desktop.api.second_start import SecondStart
from tests.unit.api.conftest import Served

ROUTES = [
    ("DELETE", "/tasks/{task_id}"),
    ("DELETE", "/trash"),
    ("GET", "/estimate"),
    ("GET", "/health"),
    ("GET", "/models"),
    ("GET", "/notices"),
    ("GET", "/openapi.json"),
    ("GET", "/deliveries"),
    ("GET", "/status/{task_id}"),
    ("GET", "/tasks"),
    ("GET", "/tasks/{task_id}"),
    ("GET", "/tasks/{task_id}/artifacts/{name:path}"),
    ("GET", "/tasks/{task_id}/events"),
    ("GET", "/tasks/{task_id}/result"),
    ("POST", "/deliveries/{delivery_id}/send-again"),
    ("POST", "/estimate"),
    ("POST", "/tasks"),
    ("POST", "/tasks/{task_id}/cancel"),
    ("POST", "/tasks/{task_id}/pause"),
    ("POST", "/tasks/{task_id}/pin"),
    ("POST", "/tasks/{task_id}/restore"),
    ("POST", "/tasks/{task_id}/resume"),
    ("POST", "/tasks/{task_id}/retry"),
    ("POST", "/tasks/{task_id}/unpin"),
    ("POST", "/tasks/{task_id}/webhook/rotate"),
    ("POST", "/window"),
]


def routes_of(served: Served) -> set[tuple[str, str]]:
    from desktop.api.application import make_routes

    schema = make_routes(
        served.engine,  # type: ignore[arg-type]
        SecondStart(),
        served.path.parent,
        AllowedFolders(None, private=served.path.parent),
    ).openapi()
    paths = {path: methods for path, methods in schema["paths"].items() if not path.startswith("/v1/")}
    listed = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    return {(method, path.replace("{name}", "{name:path}")) for method, path in listed} | {("GET", "/openapi.json")}


def test_these_are_the_routes_and_no_others(served: Served) -> None:
    assert routes_of(served) == set(ROUTES)


async def test_without_the_token_every_address_answers_the_same(served: Served) -> None:
    for method, path in [*ROUTES, ("POST", "/give-way"), ("GET", "/docs"), ("GET", "/nowhere"), ("DELETE", "/tasks")]:
        async with aiohttp.request(method, served.announcement.address + path) as answer:
            assert (answer.status, answer.content_type) == (401, "application/problem+json")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert (await answer.json())["type"] == "urn:legwork:problem:NoToken"
    assert served.raised == 0


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


async def test_every_route_refuses_a_foreign_host_and_any_origin(served: Served) -> None:
    for method, path in [*ROUTES, ("POST", "/give-way"), ("GET", "/docs")]:
        for wrong in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            address = served.announcement.address + path
            async with aiohttp.request(method, address, headers=served.headers | wrong) as answer:
                assert (answer.status, answer.content_type) == (403, "application/problem+json")
    assert served.raised == 0


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
