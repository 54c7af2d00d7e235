"""A talk with one server goes through the same checks as a single request."""

import asyncio
import socket
from typing import Any

import httpx2
import pytest

from desktop.engine import AddressRefused, WebUnavailable
from desktop.outbound import Reach
from desktop.outbound import talk as talk_module
from desktop.outbound.talk import Talk
from tests.fakes.web_server import WebServer, page, redirect

NAMED = Reach(named=("127.0.0.1", "server.example"))


async def look_up(host: str, port: int, **_: Any) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]


def ignore(*_: object) -> None:
    pass


def talk_with(reach: Reach = NAMED, **headers: str) -> Talk:
    return Talk(reach, headers, on_request=lambda: None, on_bytes=ignore, on_message=ignore, look_up=look_up)


async def test_requests_have_the_headers_and_answers_come_as_they_are(server: WebServer) -> None:
    server.pages["/talk"] = page("hello", "text/plain", "Set-Cookie: a=b", "X-More: yes")
    async with talk_with(Key="horse").client() as client:
        for _ in range(2):
            answer = await client.post(server.url("/talk", "server.example"), json={"say": "hello"})
            assert (answer.status_code, answer.text, answer.headers["X-More"]) == (200, "hello", "yes")
    for call in server.calls:
        assert (call.headers["key"], call.body) == ("horse", b'{"say":"hello"}')
        assert call.headers["user-agent"].startswith("Legwork/")
        assert "cookie" not in call.headers


async def test_a_name_that_leads_inside_is_refused(server: WebServer) -> None:
    talk = talk_with(Reach())
    async with talk.client() as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(server.url("/talk", "outside.example"))
    assert isinstance(talk.refused, AddressRefused)
    assert server.calls == []


async def test_redirects_are_answers(server: WebServer) -> None:
    server.pages["/talk"] = redirect("/elsewhere", 307)
    talk = talk_with()
    async with talk.client() as client:
        assert (await client.get(server.url("/talk"))).status_code == 307
    assert server.paths == ["/talk"]


async def test_nobody_there_is_told_apart_from_a_refusal(unused_tcp_port: int, server: WebServer) -> None:
    talk = talk_with()
    async with talk.client() as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"http://127.0.0.1:{unused_tcp_port}/")
        assert isinstance(talk.refused, WebUnavailable)
        assert not isinstance(talk.refused, AddressRefused)
        assert (await client.get(server.url("/nothing"))).status_code == 404
    assert (talk.refused, talk.last_refusal) == (None, 404)


async def test_whoever_counts_may_end_it(server: WebServer) -> None:
    server.pages["/talk"] = page("x" * 100_000, "text/plain")
    counted: list[int] = []

    def count(received: bytes, held: int) -> None:
        counted.append(held)
        if held > 1_000:
            raise OverflowError

    talk = Talk(NAMED, {}, on_request=ignore, on_bytes=count, on_message=ignore)
    async with talk.client() as client:
        with pytest.raises(OverflowError):
            await client.get(server.url("/talk"))
    assert counted[-1] > 1_000


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n"])
async def test_events_are_heard_whole_before_they_are_passed_on(server: WebServer, end: str) -> None:
    events = [f"data: {number}{end}" for number in range(4)]

    async def in_pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for byte in "".join((*events, "data: rest")).encode():
            writer.write(bytes((byte,)))
            await writer.drain()

    server.pages["/talk"] = in_pieces
    heard: list[bytes] = []
    talk = Talk(NAMED, {}, on_request=ignore, on_bytes=ignore, on_message=heard.append)
    async with talk.client() as client, client.stream("GET", server.url("/talk")) as answer:
        given = [piece async for piece in answer.aiter_raw()]
    assert given == heard
    assert b"".join(heard).decode() == "".join((*events, "data: rest"))
    assert all(each.count(b"data") >= 1 for each in heard)


@pytest.mark.parametrize(("method", "limit"), [("DELETE", "FAREWELL_SECONDS"), ("POST", "ANSWER_SECONDS")])
async def test_no_answer_is_waited_for_without_end(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, method: str, limit: str
) -> None:
    async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    monkeypatch.setattr(talk_module, limit, 0.05)
    server.pages["/talk"] = say_nothing
    async with talk_with().client() as client:
        with pytest.raises(httpx2.ReadError):
            await client.request(method, server.url("/talk"))


async def test_what_was_sent_is_told_apart_from_what_reached_nobody(server: WebServer, unused_tcp_port: int) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server.pages["/talk"] = hang_up
    talk = talk_with()
    async with talk.client() as client:
        with pytest.raises(httpx2.ConnectError):
            await client.post(f"http://127.0.0.1:{unused_tcp_port}/")
        assert talk.is_unsent
        with pytest.raises(httpx2.ReadError):
            await client.post(server.url("/talk"))
        assert not talk.is_unsent
