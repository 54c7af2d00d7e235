"""A chat completion as it is sent: whole, or piece by piece; who hangs up frees the model at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from fastapi.responses import Response
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from desktop.api.event_stream import STREAM_HEADERS, gone
from desktop.api.openai.completion_object import Completion
from desktop.api.openai.error_shape import openai_error
from desktop.api.problems import problem_content, problem_of, problem_response
from desktop.engine import Answer, LegworkError, Sign

logger = logging.getLogger(__name__)

Asking = Callable[[Callable[[Sign], None]], Awaitable[Answer]]
"""Asks the model, which tells its signs to the function that is given."""


class CompletionAnswer(Response):
    """The whole answer, once it is there. What goes wrong is a problem."""

    def __init__(self, asking: Asking, completion: Completion) -> None:
        super().__init__()
        self._asking = asking
        self._completion = completion

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask and answer, unless whoever asks hangs up before."""
        aio_tasks = [
            asyncio.create_task(self._answer(scope, receive, send), name=self._completion.name),
            asyncio.create_task(gone(receive), name=f"reader of {self._completion.name}"),
        ]
        answering, leaving = aio_tasks
        try:
            await asyncio.wait(aio_tasks, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
        finally:
            for aio_task in (answering, leaving):
                aio_task.cancel()
            await asyncio.gather(*aio_tasks, return_exceptions=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._asking(_unheard)
        except LegworkError as error:
            await problem_response(problem_of(error))(scope, receive, send)
        else:
            content = msgspec.json.encode(self._completion.whole(answer))
            await Response(content, media_type="application/json")(scope, receive, send)


class CompletionStream(CompletionAnswer):
    """The answer piece by piece. What goes wrong before the first one is a problem, and later a piece of its own."""

    def __init__(self, asking: Asking, completion: Completion, *, tells_usage: bool) -> None:
        super().__init__(asking, completion)
        self._tells_usage = tells_usage
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        asking = asyncio.create_task(self._ask(), name=f"model of {self._completion.name}")
        try:
            first = await self._pieces.get()
            if first is None and (error := _error_of(asking)) is not None:
                await problem_response(problem_of(error))(scope, receive, send)
            else:
                await self._send_all(first, asking, send)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self) -> Answer:
        try:
            return await self._asking(self._hear)
        finally:
            self._pieces.put_nowait(None)

    def _hear(self, sign: Sign) -> None:
        if isinstance(sign, str):
            self._pieces.put_nowait(sign)

    async def _send_all(self, piece: str | None, asking: asyncio.Task[Answer], send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        await _send(send, self._completion.opening())
        while piece is not None:
            await _send(send, self._completion.piece(self._and_what_waits(piece)))
            piece = await self._pieces.get()
        await asyncio.wait([asking])
        error = _error_of(asking)
        if error is not None:
            await _send(send, {"error": openai_error(problem_content(problem_of(error)))})
        else:
            await self._send_end(asking.result(), send)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": False})

    def _and_what_waits(self, piece: str) -> str:
        """All text that is there by now: a reader that does not keep up gets larger pieces."""
        pieces = [piece]
        while not self._pieces.empty():
            following = self._pieces.get_nowait()
            if following is None:
                self._pieces.put_nowait(None)
                break
            pieces.append(following)
        return "".join(pieces)

    async def _send_end(self, answer: Answer, send: Send) -> None:
        await _send(send, self._completion.closing(answer))
        if self._tells_usage:
            await _send(send, self._completion.cost(answer))


def _error_of(asking: asyncio.Task[Answer]) -> LegworkError | None:
    """What went wrong in words for a person; a defect is raised."""
    error = asking.exception()
    if error is not None and not isinstance(error, LegworkError):
        raise error
    return error


async def _send(send: Send, content: dict[str, Any]) -> None:
    body = format_sse_event(data_str=msgspec.json.encode(content).decode())
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _unheard(_sign: Sign) -> None:
    """Nobody hears the answer before it is whole."""
