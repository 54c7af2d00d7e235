"""A second Legwork speaks to the first."""

import asyncio
import os
import secrets
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from desktop.api.announcement import Announcement, publish, read_announcement, withdraw
from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone, HandoverFailed, Refused, TakeoverUnsure
from desktop.api.server import LoopbackServer
from desktop.cli.beginning import Submission
from desktop.engine import Input, Notice, Occasion, TaskId, TaskRequest, TaskStarted, TaskStatus, Webhook
from tests.fakes.engine_double import EngineDouble, make_task
from tests.unit.api.conftest import Served

T = TypeVar("T")
SECRET = secrets.token_hex()
REQUEST = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(path="/a.txt"),), options={"mode": "answer"})


def announcement_at(address: str) -> Announcement:
    return Announcement(address=address, token=SECRET, pid=1, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC))


@asynccontextmanager
async def answering_with(answer: bytes, asked: list[bytes] | None = None) -> AsyncIterator[RunningEngine]:
    """Something that takes every connection, says `answer`, and closes it; `asked` gets what came."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield RunningEngine(announcement_at(f"http://127.0.0.1:{port}"))


async def call(function: Callable[[], T]) -> T:
    return await asyncio.to_thread(function)


async def test_a_request_is_handed_over_unchanged(served: Served) -> None:
    accepted = await call(lambda: RunningEngine(served.announcement).submit(REQUEST))
    assert served.engine.requests == [REQUEST]
    assert accepted.task_id in served.engine.tasks


@pytest.mark.parametrize("given", [(), ("whsec_c2VjcmV0",)])
async def test_a_webhook_goes_along_and_a_secret_comes_back_where_none_was_given(
    served: Served, given: tuple[str, ...]
) -> None:
    webhook = Webhook(url="https://example.com/hook", events=(Occasion.FAILED,), secrets=given)
    accepted = await call(lambda: RunningEngine(served.announcement).submit(replace(REQUEST, webhook=webhook)))
    assert served.engine.requests == [replace(REQUEST, webhook=replace(webhook, secrets=()))]
    assert served.engine.secrets == [given or (accepted.webhook.secret if accepted.webhook else "",)]
    assert (accepted.webhook is None) == bool(given)


async def test_what_a_person_should_know_is_told(served: Served) -> None:
    served.engine.board.put(Notice(key="disk", message="The disk is full."))
    assert await call(RunningEngine(served.announcement).notices) == (Notice(key="disk", message="The disk is full."),)


async def test_a_task_is_followed_and_cancelled(served: Served) -> None:
    served.engine.put(make_task(1, title="Sea"))
    engine = RunningEngine(served.announcement)
    assert (await call(lambda: engine.task(make_task(1).task_id))).title == "Sea"
    assert (await call(lambda: engine.cancel(make_task(1).task_id))).status is TaskStatus.CANCELLED


async def test_a_task_is_paused_resumed_and_retried(served: Served) -> None:
    served.engine.put(make_task(1))
    engine, task_id = RunningEngine(served.announcement), make_task(1).task_id
    steps = [(engine.pause, "paused", 1), (engine.resume, "queued", 1), (engine.cancel, "cancelled", 1)]
    for act, status, run in [*steps, (engine.retry, "queued", 2)]:
        task = await call(partial(act, task_id))
        assert (task.status, task.run) == (status, run)
    served.engine.put(make_task(3, status=TaskStatus.COMPLETED))
    with pytest.raises(Refused, match="no step “note”") as unknown:
        await call(lambda: engine.retry(make_task(3).task_id, "note"))
    assert unknown.value.is_about_the_request
    served.engine.put(make_task(2, status=TaskStatus.COMPLETED))
    with pytest.raises(Refused, match="can't become paused") as refused:
        await call(lambda: engine.pause(make_task(2).task_id))
    assert not refused.value.is_about_the_request


async def test_the_window_of_the_other_is_raised(served: Served) -> None:
    await call(RunningEngine(served.announcement).raise_window)
    assert served.raised == 1


async def test_a_refusal_carries_the_words_of_the_other(served: Served) -> None:
    with pytest.raises(Refused, match="goal is empty") as refused:
        await call(lambda: RunningEngine(served.announcement).submit(TaskRequest(kind="documents", goal=" ")))
    assert refused.value.is_about_the_request
    assert refused.value.hint


async def test_an_engine_that_has_ended_is_gone() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        engine = RunningEngine(announcement_at(f"http://127.0.0.1:{unused.getsockname()[1]}"))
        with pytest.raises(EngineGone):
            engine.submit(REQUEST)


async def test_an_engine_that_ends_while_it_takes_a_task_leaves_that_open() -> None:
    async with answering_with(b"") as engine:
        with pytest.raises(TakeoverUnsure, match="may have kept it"):
            await call(lambda: engine.submit(REQUEST, "key"))
        with pytest.raises(EngineGone):
            await call(lambda: engine.task(TaskId("x")))


async def test_a_submission_that_was_cut_off_is_repeated_with_the_same_key_and_never_here() -> None:
    submission, asked = Submission(REQUEST), list[bytes]()
    async with answering_with(b"", asked) as engine:
        for _ in range(2):
            with pytest.raises(TakeoverUnsure):
                await call(lambda: submission.there(engine))
    keys = [line for head in asked for line in head.splitlines() if line.lower().startswith(b"idempotency-key:")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    here = EngineDouble()
    with pytest.raises(TakeoverUnsure, match="may have kept"):
        await submission.here(here)  # type: ignore[arg-type]
    assert here.requests == []


async def test_the_events_of_a_task_are_followed_to_its_end_and_from_any_of_them(served: Served) -> None:
    task = await served.engine.submit(REQUEST)
    served.engine.tell(TaskStarted(task_id=task.task_id, at=task.created_at, run=task.run))
    served.engine.complete(task)
    engine = RunningEngine(served.announcement)
    streamed = await call(lambda: list(engine.events(task.task_id)))
    assert [(each.name, each.number) for each in streamed] == [
        ("snapshot", None),
        ("TaskStarted", 1),
        ("TaskCompleted", 2),
    ]
    assert streamed[0].task is not None
    assert streamed[0].task.task_id == task.task_id
    assert [each.number for each in await call(lambda: list(engine.events(task.task_id, 1)))] == [2]
    assert await call(lambda: list(engine.events(task.task_id, 2))) == []
    with pytest.raises(Refused, match="no task"):
        await call(lambda: list(engine.events(TaskId("nothing"))))


async def test_a_stream_that_breaks_off_is_an_engine_that_has_gone() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n: alive\n\nevent: TaskStarted\nid: 1\ndata: {}\n\nevent: Task"
    async with answering_with(cut) as engine:
        events = engine.events(TaskId("x"))
        assert (await call(lambda: next(events))).number == 1
        assert await call(lambda: list(events)) == []
    with pytest.raises(EngineGone):
        await call(lambda: list(engine.events(TaskId("x"))))


async def test_an_answer_of_another_version_is_not_guessed_at() -> None:
    async with answering_with(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as engine:
        with pytest.raises(HandoverFailed, match="another version"):
            await call(lambda: engine.task(TaskId("x")))


async def test_a_refusal_without_words_is_still_one() -> None:
    async with answering_with(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops") as engine:
        with pytest.raises(Refused, match="HTTP 502") as refused:
            await call(lambda: engine.task(TaskId("x")))
        assert not refused.value.is_about_the_request


def test_the_announcement_is_for_its_owner_alone_and_hides_its_token(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    path.write_text("left by a killed engine")
    path.with_suffix(".json.new").write_text("left half written")
    announcement = announcement_at("http://127.0.0.1:1")
    publish(path, announcement)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_announcement(path) == announcement
    assert SECRET not in repr(announcement)
    withdraw(path)
    withdraw(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff", b'{"address": 5}'])
def test_an_announcement_that_makes_no_sense_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "engine.json"
    path.write_bytes(content)
    assert read_announcement(path) is None
    assert read_announcement(tmp_path / "missing.json") is None


async def test_the_token_of_programs_stays_that_of_legwork_changes_and_the_file_goes(tmp_path: Path) -> None:
    tokens, own_tokens = set(), set()
    for _ in range(2):
        server = LoopbackServer(EngineDouble(), announcement=tmp_path / "engine.json")  # type: ignore[arg-type]
        aio_task = asyncio.create_task(server.serve())
        await server.answering.wait()
        announcement = read_announcement(tmp_path / "engine.json")
        assert announcement is not None
        tokens.add(announcement.token)
        own_tokens.add(announcement.own_token)
        with pytest.raises(Refused, match="without a window"):
            await call(RunningEngine(announcement).raise_window)
        with pytest.raises(Refused, match="keeps its data folder"):
            await call(RunningEngine(announcement).give_way)
        aio_task.cancel()
        await asyncio.gather(aio_task, return_exceptions=True)
        assert not (tmp_path / "engine.json").exists()
    assert (len(tokens), len(own_tokens)) == (1, 2)
    assert all(len(token) >= 43 for token in tokens | own_tokens)  # 256 bits in base 64


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = LoopbackServer(EngineDouble(), announcement=tmp_path / "engine.json")  # type: ignore[arg-type]
        with pytest.raises(HandoverFailed, match=f"Port {port}") as failed:
            server.bind(port)
        assert "--port" in failed.value.hint
        server.close()


async def test_small_answers_leave_at_once(tmp_path: Path) -> None:
    server = LoopbackServer(EngineDouble(), announcement=tmp_path / "engine.json")  # type: ignore[arg-type]
    aio_task = asyncio.create_task(server.serve())
    await server.answering.wait()
    announcement = read_announcement(tmp_path / "engine.json")
    assert announcement is not None
    port = int(announcement.address.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    ends = {writer.get_extra_info("sockname"), writer.get_extra_info("peername")}
    await call(lambda: RunningEngine(announcement).notices())  # by now the server has accepted the first one too
    sockets = [socket.socket(fileno=os.dup(number)) for number in open_sockets()]
    try:
        delayed = [each for each in sockets if ends == {*names(each)} and not nodelay(each)]
        assert len([each for each in sockets if ends == {*names(each)}]) == 2
        assert delayed == []
    finally:
        for each in sockets:
            each.close()
        writer.close()
        aio_task.cancel()
        await asyncio.gather(aio_task, return_exceptions=True)


def open_sockets() -> list[int]:
    """The numbers of this process's TCP sockets."""
    return [found.fd for found in psutil.Process().net_connections("tcp4") if found.fd >= 0 and found.raddr]


def names(found: socket.socket) -> tuple[object, object]:
    return found.getsockname(), found.getpeername()


def nodelay(found: socket.socket) -> int:
    return found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
