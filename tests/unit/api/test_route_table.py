"""Every route that the router knows, and that none of them lets anybody in who is not to come in."""

import aiohttp
import pytest
from fastapi.routing import iter_route_contexts

from desktop.api.allowed_folders import AllowedFolders
from desktop.api.second_start import SecondStart
from tests.fakes.engine_double import make_task
from tests.unit.api.conftest import Served

ROUTES = [
    ("DELETE", "/models/{name}"),
    ("DELETE", "/tasks/{task_id}"),
    ("DELETE", "/trash"),
    ("DELETE", "/v1/responses/{response_id}"),
    ("GET", "/deliveries"),
    ("GET", "/docs"),
    ("GET", "/estimate"),
    ("GET", "/health"),
    ("GET", "/models"),
    ("GET", "/models/downloads"),
    ("GET", "/notices"),
    ("GET", "/openapi.json"),
    ("GET", "/status/{task_id}"),
    ("GET", "/tasks"),
    ("GET", "/tasks/{task_id}"),
    ("GET", "/tasks/{task_id}/artifacts/{name:path}"),
    ("GET", "/tasks/{task_id}/events"),
    ("GET", "/tasks/{task_id}/result"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{name:path}"),
    ("GET", "/v1/responses/{response_id}"),
    ("HEAD", "/openapi.json"),
    ("POST", "/deliveries/{delivery_id}/send-again"),
    ("POST", "/estimate"),
    ("POST", "/give-way"),
    ("POST", "/models/downloads"),
    ("POST", "/models/downloads/{download_id}/pause"),
    ("POST", "/tasks"),
    ("POST", "/tasks/{task_id}/answer"),
    ("POST", "/tasks/{task_id}/cancel"),
    ("POST", "/tasks/{task_id}/pause"),
    ("POST", "/tasks/{task_id}/pin"),
    ("POST", "/tasks/{task_id}/restore"),
    ("POST", "/tasks/{task_id}/resume"),
    ("POST", "/tasks/{task_id}/retry"),
    ("POST", "/tasks/{task_id}/unpin"),
    ("POST", "/tasks/{task_id}/webhook/rotate"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/responses/{response_id}/cancel"),
    ("POST", "/window"),
]
NO_ROUTES = [("DELETE", "/tasks"), ("GET", "/"), ("GET", "/nowhere"), ("OPTIONS", "/tasks"), ("PUT", "/v1/files")]
TASK = make_task(1)


def known_to_the_router(served: Served) -> set[tuple[str, str]]:
    from desktop.api.application import make_routes

    folder = served.path.parent
    allowed = AllowedFolders(None, private=folder)
    routes = make_routes(served.engine, SecondStart(), folder, allowed, served.keeper)  # type: ignore[arg-type]
    found = set()
    for context in iter_route_contexts(routes.routes):
        assert context.path is not None
        assert context.methods, f"{context.path} is no plain route: look at what is behind it"
        found |= {(method, context.path) for method in context.methods}
    return found


def filled(path: str) -> str:
    """The address of something that is there."""
    names = {"{task_id}": TASK.task_id, "{response_id}": f"resp_{TASK.task_id}", "{name:path}": "report.md"}
    names |= {"{name}": "tiny", "{download_id}": "maker--repo--model"}
    for name, value in names.items():
        path = path.replace(name, value)
    return path.replace("{delivery_id}", "msg_1")


async def test_these_are_the_routes_and_no_others(served: Served) -> None:
    assert known_to_the_router(served) == set(ROUTES)


async def test_without_the_token_every_address_answers_the_same(served: Served) -> None:
    served.engine.put(TASK)
    for method, path in [*ROUTES, *NO_ROUTES]:
        async with aiohttp.request(method, served.announcement.address + filled(path)) as answer:
            assert (answer.status, answer.headers.get("WWW-Authenticate")) == (401, "Bearer"), (method, path)
            text = await answer.text()
        assert "token" in text or method == "HEAD"
        assert TASK.task_id not in text
    untouched(served)


@pytest.mark.parametrize(
    "wrong", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}], ids=str
)
async def test_a_foreign_host_and_any_origin_are_refused_even_with_the_token(
    served: Served, wrong: dict[str, str]
) -> None:
    served.engine.put(TASK)
    headers = served.headers | wrong
    for method, path in [*ROUTES, *NO_ROUTES]:
        async with aiohttp.request(method, served.announcement.address + filled(path), headers=headers) as answer:
            assert answer.status == 403, (method, path)
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
            assert TASK.task_id not in await answer.text()
    untouched(served)


async def test_files_of_somebody_without_the_token_are_not_kept(served: Served) -> None:
    form = aiohttp.FormData()
    form.add_field("task", '{"kind": "documents", "goal": "Summarise"}', content_type="application/json")
    form.add_field("file", b"The sea is wide.", filename="sea.txt")
    async with aiohttp.request("POST", f"{served.announcement.address}/tasks", data=form) as answer:
        assert answer.status == 401
    assert not (served.path.parent / "uploads").exists()
    assert not served.engine.requests


def untouched(served: Served) -> None:
    assert not served.raised
    assert not served.gave_way
    assert not served.engine.requests
    assert served.engine.tasks == {TASK.task_id: TASK}
    assert served.keeper.downloads.list() == ()
