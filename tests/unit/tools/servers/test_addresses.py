"""Servers at an address: where they may be, and odd ones among them."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from desktop.engine import ToolCall, ToolOutput
from desktop.tools.servers import Limits, ServerChoice, ServerToolbox
from tests.unit.tools.servers.conftest import Boxes

HASTY = Limits(start_seconds=15.0, list_seconds=15.0, call_seconds=1.0)
ODD_ANSWERS: dict[str, dict[str, Any]] = {
    "nonsense": {"text": "all well", "content_type": "application/json"},
    "page": {"text": "<p>Hello</p>", "content_type": "text/html"},
    "fails": {"status": 500},
    "sends away": {"status": 307, "headers": {"Location": "http://127.0.0.1:9/mcp"}},
}
DOUBT = "It may have been done; look before it is done again."
SENT = "Bearer very-secret"
ECHO = {"name": "echo", "description": "Says it again.", "inputSchema": {"type": "object"}}


class OddSite:
    """Answers in JSON, until it is told to be odd; keeps the headers of each request."""

    def __init__(self, leave: Callable[[], Awaitable[None]]) -> None:
        self.leave = leave
        self.heard: list[dict[str, str]] = []
        self.methods: list[str] = []
        self.status = 0
        self.mute_after = ""  # the method after whose answer nothing is answered any more
        self.is_mute = False
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(dict(request.headers))
        if self.is_mute:
            await asyncio.Event().wait()
        if self.status:
            return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:9/mcp"})
        if request.method != "POST":
            return web.Response(status=405)
        message = await request.json()
        self.methods.append(message["method"])
        self.is_mute = message["method"] == self.mute_after
        match message["method"]:
            case "initialize":
                info = {"name": "odd", "version": "1"}
                answer = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": info}
                return self.reply(message, answer, headers={"Mcp-Session-Id": "1"})
            case "tools/list":
                return self.reply(message, {"tools": [ECHO]})
            case "tools/call":
                return await self.called(request, message)
            case "notifications/initialized":
                return web.Response(status=202)
        error = {"code": -32601, "message": "Method not found"}
        return web.json_response({"jsonrpc": "2.0", "id": message.get("id"), "error": error})

    async def called(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        text = message["params"]["arguments"]["text"]
        match text:
            case "hang":
                await asyncio.Event().wait()
            case "long":
                return self.reply(message, {"content": [{"type": "text", "text": "x" * 5_000_000}]})
            case "many parts":
                return self.reply(message, {"content": [{"type": "nothing"}] * 100_000})
            case "hangs up":
                assert request.transport is not None
                request.transport.close()
            case "nonsense" | "page" | "fails" | "sends away":
                return web.Response(**ODD_ANSWERS[text])
            case "flood" | "breaks off":
                stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
                await stream.prepare(request)
                try:
                    while text == "flood":
                        await stream.write(b"data: {}\n\n" * 1_000)
                except ConnectionError:
                    pass
                return stream
        return self.reply(message, {"content": [{"type": "text", "text": text}]})

    @staticmethod
    def reply(message: dict[str, Any], result: dict[str, Any], **more: Any) -> web.Response:
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": result}, **more)


@pytest.fixture
async def site() -> AsyncIterator[OddSite]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    site = OddSite(runner.cleanup)
    app.router.add_route("*", "/mcp", site.take)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mcp?key=of-the-address"
    yield site
    await runner.cleanup()


def elsewhere(site: OddSite) -> ServerChoice:
    return ServerChoice(name="odd", url=site.url, headers={"Authorization": SENT})


async def echo(box: ServerToolbox, text: str) -> ToolOutput:
    return await box.call(ToolCall(tool="odd.echo", arguments={"text": text}))


async def test_every_request_has_the_headers_and_no_log_has_them(
    boxes: Boxes, site: OddSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    box = await boxes.accepted_of(elsewhere(site))
    assert (await echo(box, "hello")).text == "hello"
    assert (await echo(box, f"I was sent {SENT}")).text == "I was sent …"
    await box.close()
    assert all(headers["Authorization"] == SENT for headers in site.heard)
    assert all(headers["User-Agent"].startswith("Legwork/") for headers in site.heard)
    assert "very-secret" not in caplog.text
    assert "of-the-address" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("httpx2", "mcp", "desktop"))
    )


@pytest.mark.parametrize(
    ("oddity", "words"),
    [
        ("hang", "did not answer within 1 seconds"),
        ("long", "sent a message of more than 4 MB"),
        ("flood", "said more than"),
        ("many parts", "sent a message of more than 10,000 parts"),
    ],
)
async def test_an_address_that_fails_in_a_call_costs_that_call(
    boxes: Boxes, site: OddSite, oddity: str, words: str
) -> None:
    box = await boxes.accepted_of(elsewhere(site), limits=HASTY if oddity == "hang" else Limits())
    failed = await echo(box, oddity)
    assert failed.failed
    assert words in failed.text
    assert failed.text.endswith(DOUBT)
    assert (await echo(box, "still there?")).text == "still there?"


@pytest.mark.parametrize("oddity", ["nonsense", "page", "breaks off", "sends away", "hangs up", "fails"])
async def test_what_is_no_answer_is_said(boxes: Boxes, site: OddSite, oddity: str) -> None:
    box = await boxes.accepted_of(elsewhere(site))
    failed = await echo(box, oddity)
    assert failed.failed
    assert failed.text.endswith(DOUBT)
    assert "very-secret" not in failed.text
    assert (await echo(box, "still there?")).text == "still there?"


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "wants a login"), (403, "lets nobody in"), (404, "has nothing"), (500, "an error (500)")],
)
async def test_a_refusal_says_what_to_do(boxes: Boxes, site: OddSite, status: int, words: str) -> None:
    site.status = status
    box = boxes.of(elsewhere(site))
    assert await box.tools() == ()
    (trouble,) = box.troubles()
    assert words in trouble
    assert "of-the-address" not in trouble


async def test_a_redirect_elsewhere_is_not_followed(boxes: Boxes, site: OddSite) -> None:
    site.status = 307
    box = boxes.of(elsewhere(site))
    assert await box.tools() == ()
    assert box.troubles()


async def test_nobody_there_is_said(boxes: Boxes, unused_tcp_port: int) -> None:
    box = boxes.of(ServerChoice(name="odd", url=f"http://127.0.0.1:{unused_tcp_port}/mcp"))
    assert await box.tools() == ()
    (trouble,) = box.troubles()
    assert trouble.startswith("The tool server odd can't be reached. 127.0.0.1 could not be reached")


async def test_a_call_that_reached_nobody_is_not_said_to_be_done_perhaps(boxes: Boxes, site: OddSite) -> None:
    box = await boxes.accepted_of(elsewhere(site))
    await site.leave()
    output = await echo(box, "hello")
    assert output.text.startswith("The tool server odd can't be reached.")
    assert DOUBT not in output.text


async def test_a_name_that_leads_inside_is_not_called(boxes: Boxes, site: OddSite) -> None:
    """https, as everywhere, but a name for an address that the person has not named."""
    port = site.url.split(":")[2].split("/")[0]
    box = boxes.of(ServerChoice(name="odd", url=f"https://[::ffff:127.0.0.1]:{port}/mcp"))
    assert await box.tools() == ()
    (trouble,) = box.troubles()
    assert "leads to this machine or its network" in trouble
    assert site.heard == []


async def test_a_call_is_shown_without_the_query_of_its_address(boxes: Boxes, site: OddSite) -> None:
    shown = await boxes.of(elsewhere(site)).preview(ToolCall(tool="odd.echo", arguments={"text": "hello"}))
    assert "of-the-address" not in shown
    assert json.loads(shown.partition("with\n")[2]) == {"text": "hello"}


MUTE = Limits(start_seconds=15.0, list_seconds=0.2, call_seconds=0.2, end_seconds=0.2)


async def test_an_address_that_goes_silent_holds_nobody_up(boxes: Boxes, site: OddSite) -> None:
    site.mute_after = "initialize"
    box = boxes.of(elsewhere(site), limits=MUTE)
    assert await box.tools() == ()
    (trouble,) = box.troubles()
    assert "did not list its tools within 0.2 seconds" in trouble


async def test_an_address_that_goes_silent_in_the_middle_holds_up_neither_call_nor_close(
    boxes: Boxes, site: OddSite
) -> None:
    box = await boxes.accepted_of(elsewhere(site), limits=MUTE)
    site.mute_after = "tools/call"
    assert (await echo(box, "last words")).text == "last words"
    assert "did not answer" in (await echo(box, "hello")).text
    await box.close()


async def test_who_stops_waiting_for_a_silent_address_is_free(boxes: Boxes, site: OddSite) -> None:
    site.mute_after = "initialize"
    box = boxes.of(elsewhere(site), limits=replace(MUTE, list_seconds=60.0))
    waiting = asyncio.create_task(box.tools())
    while not site.is_mute:  # noqa: ASYNC110 - only the server knows when
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
