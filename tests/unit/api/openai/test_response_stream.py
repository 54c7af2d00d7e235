"""A response as a stream: the same events with the same numbers, whenever it is read and from wherever."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from desktop.api import event_stream
from desktop.engine import (
    Event,
    Failure,
    Interrupted,
    Progress,
    Result,
    RunNumber,
    StepStarted,
    Task,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskPaused,
    TaskResumed,
    TaskRetried,
    TaskStarted,
    TaskStatus,
    TaskSubmitted,
    Verdict,
    Verification,
)
from tests.fakes.engine_double import START, make_task
from tests.unit.api.conftest import Served

BEGIN = ["created", "queued", "in_progress"]
ANSWER = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
]
TASK = make_task(1, status=TaskStatus.RUNNING)
DONE = replace(
    TASK,
    status=TaskStatus.COMPLETED,
    finished_at=START,
    result=Result(summary="- wide\n- deep", verification=Verification(verdict=Verdict.VERIFIED)),
)


def happened(kind: type[Event], **details: Any) -> Event:
    return kind(task_id=TASK.task_id, at=START, run=details.pop("run", TASK.run), **details)


def tell(served: Served, *kinds: type[Event]) -> None:
    for kind in kinds:
        served.engine.tell(happened(kind))


def complete(served: Served, task: Task = DONE) -> None:
    served.engine.put(task)
    served.engine.tell(happened(TaskCompleted, verdict=Verdict.VERIFIED, run=task.run))


@pytest.fixture(autouse=True)
def running(served: Served) -> None:
    served.engine.put(TASK)
    tell(served, TaskSubmitted, TaskStarted)


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """Each event's content; its name is in it, and says the same as the frame."""
    name = ""
    async for line in answer.content:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            content = json.loads(value)
            assert content["type"] == name
            yield content


async def read(client: aiohttp.ClientSession, after: int | None = None) -> list[dict[str, Any]]:
    query = "" if after is None else f"&starting_after={after}"
    async with client.get(f"/v1/responses/resp_{TASK.task_id}?stream=true{query}") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        return [event async for event in events(answer)]


def names(told: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in told]


async def test_a_response_is_told_from_its_beginning_to_its_end(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.get(f"/v1/responses/resp_{TASK.task_id}?stream=true") as answer:
        stream = events(answer)
        first = [await anext(stream) for _ in BEGIN]
        served.engine.tell(happened(StepStarted, step="read"))
        served.engine.put(replace(TASK, progress=Progress(fraction=0.5)))
        complete(served)
        told = [*first, *[event async for event in stream]]

    assert names(told) == [*BEGIN, *ANSWER, "completed"]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert [event["response"]["status"] for event in first] == ["queued", "queued", "in_progress"]
    assert told[5]["delta"] == told[6]["text"] == "- wide\n- deep"
    assert told[-1]["response"]["output"] == [told[-2]["item"]]
    assert told[-1]["response"]["output"][0]["content"][0]["text"] == "- wide\n- deep"
    assert len({event["item_id"] for event in told[4:8]} | {told[3]["item"]["id"]}) == 1


async def test_from_wherever_it_is_read_the_same_follows(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.tell(happened(Interrupted, reason="Legwork ended."))
    tell(served, TaskStarted)
    complete(served)
    whole = await read(client)
    for after in range(-1, len(whole)):
        assert await read(client, after) == whole[after + 1 :]


async def test_a_pause_puts_it_in_line_again(client: aiohttp.ClientSession, served: Served) -> None:
    tell(served, TaskPaused, TaskResumed, TaskStarted)
    complete(served)
    assert names(await read(client))[:6] == [*BEGIN, "queued", "in_progress", ANSWER[0]]


async def test_of_a_response_that_was_run_again_the_last_end_alone_is_told(
    client: aiohttp.ClientSession, served: Served
) -> None:
    complete(served)
    before = await read(client)
    again = replace(TASK, run=RunNumber(2))
    served.engine.put(again)
    served.engine.tell(happened(TaskRetried, run=2))
    served.engine.tell(happened(TaskStarted, run=2))
    complete(served, replace(DONE, run=RunNumber(2)))
    told = await read(client)
    assert names(told) == [*BEGIN, "queued", "in_progress", *ANSWER, "completed"]
    assert told[3]["sequence_number"] == before[-1]["sequence_number"] + 1


@pytest.mark.parametrize(
    ("kind", "status", "name", "details"),
    [
        (TaskFailed, TaskStatus.FAILED, "failed", {"failure": Failure(type="X", message="It broke.")}),
        (TaskCancelled, TaskStatus.CANCELLED, "incomplete", {}),
    ],
)
async def test_an_end_without_a_result_is_told_too(
    client: aiohttp.ClientSession,
    served: Served,
    kind: type[Event],
    status: TaskStatus,
    name: str,
    details: dict[str, Any],
) -> None:
    served.engine.put(replace(TASK, status=status, **details))
    served.engine.tell(happened(kind, **details))
    told = await read(client)
    assert names(told) == [*BEGIN, name]
    assert told[-1]["response"]["status"] == status.value


async def test_a_response_can_be_streamed_as_it_is_made(client: aiohttp.ClientSession, served: Served) -> None:
    def run(task: Task) -> None:
        served.engine.tell(TaskSubmitted(task_id=task.task_id, at=START, run=task.run))
        served.engine.complete(replace(DONE, task_id=task.task_id))

    served.engine.on_submit = run
    body = {"model": "documents", "input": "Summarise: the sea is wide.", "stream": True}
    async with client.post("/v1/responses", json=body) as answer:
        assert names([event async for event in events(answer)]) == [*BEGIN[:2], *ANSWER, "completed"]


async def test_silence_is_filled_with_signs_of_life(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.01)
    async with client.get(f"/v1/responses/resp_{TASK.task_id}?stream=true&starting_after=2") as answer:
        assert [await answer.content.readline() for _ in range(2)] == [b": alive\n", b"\n"]


async def test_a_reader_that_leaves_is_forgotten(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.get(f"/v1/responses/resp_{TASK.task_id}?stream=true") as answer:
        await anext(events(answer))
    await asyncio.wait_for(served.engine.quiet.wait(), 30)


@pytest.mark.parametrize("query", ["starting_after=-2", "starting_after=x", "stream=perhaps"])
async def test_a_wrong_question_is_refused(client: aiohttp.ClientSession, query: str) -> None:
    async with client.get(f"/v1/responses/resp_{TASK.task_id}?{query}") as answer:
        assert answer.status == 400
        assert query.partition("=")[0] in (await answer.json())["error"]["message"]
