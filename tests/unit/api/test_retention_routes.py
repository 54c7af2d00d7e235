"""Pins and Trash over HTTP, as another program asks for them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import aiohttp
import pytest

from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.engine import TaskStatus
from tests.fakes.engine_double import START, make_task
from tests.unit.api.conftest import Served

T = TypeVar("T")
DONE = make_task(1, status=TaskStatus.COMPLETED)
RUNNING = make_task(2, status=TaskStatus.RUNNING)


async def call(function: Callable[[], T]) -> T:
    return await asyncio.to_thread(function)


async def titles(client: aiohttp.ClientSession, **query: str) -> list[str]:
    async with client.get("/tasks", params=query) as answer:
        return [task["title"] for task in (await answer.json())["tasks"]]


async def test_a_deleted_task_is_listed_in_trash_until_it_is_restored(
    client: aiohttp.ClientSession, served: Served
) -> None:
    served.engine.put(DONE)
    for _ in range(2):  # asked again it is so already
        async with client.delete(f"/tasks/{DONE.task_id}") as answer:
            assert answer.status == 200
            assert (await answer.json())["trashed_at"] == START.isoformat().replace("+00:00", "Z")
    assert (await titles(client), await titles(client, trashed="true")) == ([], ["Task 1"])
    for _ in range(2):
        async with client.post(f"/tasks/{DONE.task_id}/restore") as answer:
            assert (answer.status, (await answer.json())["trashed_at"]) == (200, None)
    assert (await titles(client), await titles(client, trashed="true")) == (["Task 1"], [])


async def test_a_task_is_pinned_and_unpinned(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(RUNNING)
    for action in ("pin", "unpin"):
        async with client.post(f"/tasks/{RUNNING.task_id}/{action}") as answer:
            assert (answer.status, (await answer.json())["pinned"]) == (200, action == "pin")
            assert answer.headers["Retry-After"]


async def test_what_may_not_be_deleted_is_a_conflict_that_names_the_status(
    client: aiohttp.ClientSession, served: Served
) -> None:
    served.engine.put(RUNNING)
    served.engine.put(DONE)
    for task, query in ((RUNNING, ""), (DONE, "?for_good=true")):
        async with client.delete(f"/tasks/{task.task_id}{query}") as answer:
            problem = await answer.json()
        assert (answer.status, problem["task_status"], bool(problem["hint"])) == (409, task.status, True)
    assert len(served.engine.tasks) == 2


@pytest.mark.parametrize(("method", "action"), [("DELETE", ""), ("POST", "/pin"), ("POST", "/restore")])
async def test_an_unknown_task_is_not_found(client: aiohttp.ClientSession, method: str, action: str) -> None:
    async with client.request(method, f"/tasks/01K9{action}") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_trash_is_emptied_for_good(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(DONE)
    served.engine.put(replace(make_task(3, status=TaskStatus.FAILED)))
    async with client.delete(f"/tasks/{DONE.task_id}"):
        pass
    async with client.delete("/trash") as answer:
        assert answer.status == 204
    assert await titles(client) == ["Task 3"]
    assert DONE.task_id not in served.engine.tasks


async def test_another_start_keeps_deletes_and_removes(served: Served) -> None:
    served.engine.put(DONE)
    engine, task_id = RunningEngine(served.announcement), DONE.task_id
    assert (await call(lambda: engine.pin(task_id))).pinned
    assert not (await call(lambda: engine.unpin(task_id))).pinned
    assert (await call(lambda: engine.delete(task_id))).trashed_at == START
    assert (await call(lambda: engine.restore(task_id))).trashed_at is None
    with pytest.raises(Refused, match="not in Trash"):
        await call(lambda: engine.purge(task_id))
    await call(lambda: engine.delete(task_id))
    await call(lambda: engine.purge(task_id))
    assert served.engine.tasks == {}
