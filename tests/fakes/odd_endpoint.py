"""A server on loopback that speaks OpenAI's API, and whatever else a test makes it do."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from desktop.models import EndpointChoice
from tests.fakes.odd_runtime import event, text
from tests.fakes.scripted_model import sample

STOP = event(choices=[{"delta": {}, "finish_reason": "stop"}])
USAGE = event(
    choices=[],
    usage={"prompt_tokens": 40, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 30}},
)
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered: a status, then the pieces; then the line is cut, held without a word, or ended."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] = ()
    cut: bool = False
    held: bool = False


def said(what: str, *after: bytes) -> Reply:
    """An answer in two pieces."""
    half = len(what) // 2
    return Reply(pieces=(text(what[:half]), text(what[half:]), STOP, *after, DONE))


def refusal(status: int, message: str, **headers: str) -> Reply:
    """A no, as most servers say it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, pieces=(json.dumps({"error": {"message": message}}).encode(),))


def keeps_form(body: dict[str, Any]) -> Reply:
    """What a server answers that keeps to a form."""
    form = body.get("response_format")
    return said(json.dumps(sample(form["json_schema"]["schema"])) if form else "fine", USAGE)


def prose(_body: dict[str, Any]) -> Reply:
    """What a server answers that takes no notice of a form."""
    return said("The sea is wide.")


@dataclass
class OddEndpoint:
    """Answers questions by `answer`, and the list of models by `listing`; `props` makes it look like llama.cpp's."""

    answer: Callable[[dict[str, Any]], Reply] = keeps_form
    listing: Reply | None = None
    models: tuple[dict[str, Any], ...] = ({"id": "big"}, {"id": "small"})
    props: dict[str, Any] | None = None
    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)  # paths
    begun: asyncio.Event = field(default_factory=asyncio.Event)  # a held reply is on its way
    left: asyncio.Event = field(default_factory=asyncio.Event)  # whoever waited for a held reply hung up

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What was asked beside the trial of a form."""
        return [body for body in self.bodies if "sea wide" not in str(body["messages"])]

    def choice(self, *models: str, **more: Any) -> EndpointChoice:
        """How to list it."""
        return EndpointChoice(name="box", url=f"http://127.0.0.1:{self.port}/v1", models=models, **more)

    async def on_chat(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        self.bodies.append(await request.json())
        return await self._send(request, self.answer(self.bodies[-1]))

    async def on_models(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        listed = json.dumps({"object": "list", "data": self.models}).encode()
        return await self._send(request, self.listing or Reply(pieces=(listed,)))

    async def on_props(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        if self.props is None:
            raise web.HTTPNotFound
        return web.json_response(self.props)

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.cut and not reply.pieces:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        for piece in reply.pieces:
            await response.write(piece)
        if reply.held:
            self.begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.left.set()
        if reply.cut:
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write_eof()
        return response

    def _note(self, request: web.Request) -> None:
        self.asked.append(request.path)
        self.keys.add(request.headers.get("Authorization"))


@asynccontextmanager
async def running_endpoint(server: OddEndpoint) -> AsyncIterator[OddEndpoint]:
    """The server, answering until the block ends."""
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.on_chat)
    application.router.add_get("/v1/models", server.on_models)
    application.router.add_get("/props", server.on_props)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.port = runner.addresses[0][1]
        yield server
    finally:
        await runner.cleanup()
