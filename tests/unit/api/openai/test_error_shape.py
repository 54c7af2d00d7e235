"""Under /v1 an error looks as OpenAI's clients expect it, whoever answers."""

import aiohttp
import pytest

from desktop.api.allowed_folders import AllowedFolders
from desktop.api.gate import MAX_BODY_BYTES
from tests.unit.api.conftest import Served

ROUTES = [
    ("DELETE", "/v1/responses/{response_id}"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{name}"),
    ("GET", "/v1/responses/{response_id}"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/responses/{response_id}/cancel"),
]


def test_these_are_the_routes_and_no_others(served: Served) -> None:
    from desktop.api.application import make_routes

    schema = make_routes(
        served.engine, None, served.path.parent, AllowedFolders(None, private=served.path.parent)
    ).openapi()  # type: ignore[arg-type]
    paths = {path: methods for path, methods in schema["paths"].items() if path.startswith("/v1/")}
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(ROUTES)


async def test_nobody_comes_in_without_the_token(served: Served) -> None:
    for method, path in ROUTES:
        async with aiohttp.request(method, served.announcement.address + path) as answer:
            error = (await answer.json())["error"]
        assert (answer.status, error["code"]) == (401, "invalid_api_key")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_nobody_comes_in_from_elsewhere(client: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    for method, path in ROUTES:
        async with client.request(method, path, headers=headers) as answer:
            assert (answer.status, "error" in await answer.json()) == (403, True)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1]", b"[" * 100_000])
async def test_what_is_not_a_request_is_refused(client: aiohttp.ClientSession, content: bytes) -> None:
    for path in ("/v1/responses", "/v1/chat/completions"):
        headers = {"Content-Type": "application/json"}
        async with client.post(path, data=content, headers=headers) as answer:
            error = (await answer.json())["error"]
            assert (answer.status, error["type"]) == (400, "invalid_request_error")
            assert int(answer.headers["Content-Length"]) == len(await answer.read())


async def test_a_huge_request_is_refused(client: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(MAX_BODY_BYTES + 1)}
    async with client.post("/v1/responses", data=b"{}", headers=headers) as answer:
        error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (413, "request_too_large")


async def test_an_address_that_leads_nowhere_is_an_error_too(client: aiohttp.ClientSession) -> None:
    async with client.get("/v1/nowhere") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "unknown_route")
    async with client.get("/nowhere") as answer:
        assert answer.content_type == "application/problem+json"
