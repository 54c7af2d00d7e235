"""A talk with one server goes through the same checks as a single request."""

import socket
from typing import Any

import httpx2
import pytest

from desktop.engine import AddressRefused, WebUnavailable
from desktop.outbound import Reach
from desktop.outbound.talk import Talk
from tests.fakes.web_server import WebServer, page, redirect

NAMED = Reach(named=("127.0.0.1", "server.example"))


async def look_up(host: str, port: int, **_: Any) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]


def talk_with(reach: Reach = NAMED, **headers: str) -> Talk:
    return Talk(reach, headers, on_request=lambda: None, on_bytes=lambda *_: None, look_up=look_up)


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
    counted: list[tuple[int, bool]] = []

    def count(received: bytes, in_all: int, is_stream: bool) -> None:
        counted.append((in_all, is_stream))
        if in_all > 1_000:
            raise OverflowError

    talk = Talk(NAMED, {}, on_request=lambda: None, on_bytes=count)
    async with talk.client() as client:
        with pytest.raises(OverflowError):
            await client.get(server.url("/talk"))
    assert counted[-1][0] > 1_000
    assert not any(is_stream for _, is_stream in counted)
