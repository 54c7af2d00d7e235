"""A task's events over HTTP: all of them, once and in order, from wherever a reader left off."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from desktop.api import event_feed, event_stream
from desktop.api.routes import artifact_url
from desktop.engine import (
    ItemFinished,
    Progress,
    Task,
    TaskCompleted,
    TaskPinned,
    TaskStatus,
    TaskSubmitted,
    TaskTrashed,
    TaskUnpinned,
    TrashCause,
    Verdict,
)
from tests.fakes.engine_double import START, make_task
from tests.unit.api.conftest import Served

Frame = dict[str, str]


@pytest.fixture
def task(served: Served) -> Task:
    made = make_task(1, status=TaskStatus.RUNNING)
    served.engine.put(made)
    served.engine.tell(TaskSubmitted(task_id=made.task_id, at=START, run=made.run))
    return made


def item(task: Task, done: int, step: str = "note") -> ItemFinished:
    return ItemFinished(task_id=task.task_id, at=START, run=task.run, step=step, done=done, total=99)


def end(task: Task) -> TaskCompleted:
    return TaskCompleted(task_id=task.task_id, at=START, run=task.run, verdict=Verdict.VERIFIED)


@asynccontextmanager
async def reading(
    client: aiohttp.ClientSession, task: Task, query: str = "", **headers: str
) -> AsyncIterator[AsyncIterator[Frame]]:
    async with client.get(f"/tasks/{task.task_id}/events{query}", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield frames(answer)


async def frames(answer: aiohttp.ClientResponse) -> AsyncIterator[Frame]:
    """Each frame's fields; a comment is the field without a name."""
    frame: Frame = {}
    async for line in answer.content:
        name, colon, value = line.decode().rstrip("\n").partition(": ")
        if colon or name:
            frame[name] = value
        else:
            yield frame
            frame = {}


async def test_a_new_reader_gets_the_task_as_it_is_then_all_that_happened_and_happens(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    async with reading(client, task) as stream:
        snapshot, first = await anext(stream), await anext(stream)
        served.engine.tell(item(task, 1))
        served.engine.tell(end(task))
        rest = [frame async for frame in stream]

    assert snapshot["event"] == "snapshot"
    assert "id" not in snapshot
    assert json.loads(snapshot["data"])["task_id"] == task.task_id
    assert [(frame["id"], frame["event"]) for frame in (first, *rest)] == [
        ("1", "TaskSubmitted"),
        ("2", "ItemFinished"),
        ("3", "TaskCompleted"),
    ]
    assert json.loads(rest[0]["data"]) == {
        "number": 2,
        "type": "ItemFinished",
        "task_id": task.task_id,
        "at": "2026-01-05T09:00:00Z",
        "run": 1,
        "step": "note",
        "done": 1,
        "total": 99,
    }


@pytest.mark.parametrize(("query", "headers"), [("?after=2", {}), ("", {"Last-Event-ID": "2"})])
async def test_a_reader_goes_on_after_what_it_saw(
    client: aiohttp.ClientSession, served: Served, task: Task, query: str, headers: dict[str, str]
) -> None:
    for done in range(1, 4):
        served.engine.tell(item(task, done))
    served.engine.tell(end(task))

    async with reading(client, task, query, **headers) as stream:
        assert [frame["id"] async for frame in stream] == ["3", "4", "5"]


async def test_a_reader_that_has_seen_the_end_is_told_to_come_no_more(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    served.engine.complete(task)
    async with client.get(f"/tasks/{task.task_id}/events", headers={"Last-Event-ID": "2"}) as answer:
        assert answer.status == 204


async def test_a_reader_that_claims_to_have_seen_more_than_happened_waits_for_nothing(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    served.engine.complete(task)
    async with client.get(f"/tasks/{task.task_id}/events?after=99") as answer:
        assert answer.status == 204


async def test_a_number_that_no_event_can_have_is_refused(client: aiohttp.ClientSession, task: Task) -> None:
    for query, headers in ((f"?after={2**63}", {}), ("", {"Last-Event-ID": str(2**63)})):
        async with client.get(f"/tasks/{task.task_id}/events{query}", headers=headers) as answer:
            assert answer.status == 422


async def test_a_stream_ends_where_the_task_ended_before_it_began(served: Served, task: Task) -> None:
    served.engine.complete(task)
    stream = event_stream.EventStream(event_feed.EventFeed(served.engine, artifact_url), task.task_id, after=99)  # type: ignore[arg-type]
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return await asyncio.get_running_loop().create_future()

    await stream({"type": "http"}, receive, send)
    assert [message.get("more_body") for message in sent] == [None, False]


async def test_nobody_waits_for_how_long_an_ended_task_is_kept(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    served.engine.complete(task)
    kept = {"task_id": task.task_id, "at": START, "run": task.run}
    for event in (TaskPinned(**kept), TaskUnpinned(**kept), TaskTrashed(cause=TrashCause.PERSON, **kept)):
        served.engine.tell(event)
    async with reading(client, task, "?after=1") as stream:
        assert [frame["id"] async for frame in stream] == ["2", "3", "4", "5"]
    async with client.get(f"/tasks/{task.task_id}/events", headers={"Last-Event-ID": "5"}) as answer:
        assert answer.status == 204


async def test_a_pin_does_not_end_what_is_told_of_a_task_that_runs(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    served.engine.tell(TaskPinned(task_id=task.task_id, at=START, run=task.run))
    async with reading(client, task, "?after=1") as stream:
        assert (await anext(stream))["id"] == "2"
        served.engine.complete(task)
        assert [frame["id"] async for frame in stream] == ["3"]


async def test_a_task_that_is_run_again_has_more_to_tell(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    for event in (end(task), item(task, 1), end(task)):
        served.engine.tell(event)
    async with reading(client, task, "?after=2") as stream:
        assert [frame["id"] async for frame in stream] == ["3", "4"]


async def test_of_progress_the_latest_alone_is_sent_and_without_a_number(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    async with reading(client, task) as stream:
        await anext(stream), await anext(stream)
        for fraction in (0.25, 0.5):
            served.engine.put(replace(task, progress=Progress(fraction=fraction)))
        frame = await anext(stream)
    assert (frame["event"], "id" in frame) == ("progress", False)
    assert json.loads(frame["data"])["progress"]["fraction"] == 0.5


async def test_silence_is_filled_with_signs_of_life(
    client: aiohttp.ClientSession, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.01)
    async with reading(client, task, "?after=1") as stream:
        assert [await anext(stream) for _ in range(2)] == [{"": "alive"}] * 2


async def test_an_event_that_was_not_announced_is_read_from_the_store(
    client: aiohttp.ClientSession, served: Served, task: Task
) -> None:
    async with reading(client, task) as stream:
        await anext(stream), await anext(stream)
        listeners, served.engine._listeners = served.engine._listeners, []
        served.engine.tell(item(task, 1))
        served.engine._listeners = listeners
        served.engine.tell(end(task))
        assert [frame["id"] async for frame in stream] == ["2", "3"]


async def test_a_reader_that_does_not_keep_up_is_cut_off_and_goes_on_later(
    client: aiohttp.ClientSession, served: Served, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "BACKLOG", 10)
    address = urlsplit(served.announcement.address)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1024)
    writer.write(
        f"GET /tasks/{task.task_id}/events HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {served.announcement.token}\r\n\r\n".encode()
    )
    await reader.readuntil(b"TaskSubmitted")
    done = 0
    served.engine.quiet.clear()
    while not served.engine.quiet.is_set():  # nobody reads: the system's buffers fill, and then the reader's backlog
        done += 1
        served.engine.tell(item(task, done, step="x" * 50_000))
        await asyncio.sleep(0)
    writer.close()

    served.engine.tell(end(task))
    async with reading(client, task, f"?after={done}") as stream:
        assert [frame["id"] async for frame in stream] == [str(done + 1), str(done + 2)]


async def test_a_reader_that_leaves_is_forgotten(client: aiohttp.ClientSession, served: Served, task: Task) -> None:
    async with reading(client, task) as one, reading(client, task) as two:
        await anext(one), await anext(two)
        assert served.engine.listeners == 1
    await served.engine.quiet.wait()


async def test_nobody_can_follow_a_task_that_is_not_there(client: aiohttp.ClientSession) -> None:
    async with client.get("/tasks/nothing/events") as answer:
        assert answer.status == 404
