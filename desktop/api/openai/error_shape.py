"""Errors under `/v1` in the shape that OpenAI's clients read; everywhere else they stay problems."""

import re
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desktop.api.problems import MEDIA_TYPE

PREFIX: Final = "/v1/"

_MISSING: Final = "urn:legwork:problem:UnknownModel"
_CODES: Final = {"UnknownModel": "model_not_found", "NoToken": "invalid_api_key"}
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class OpenAIErrors:
    """An ASGI application that rewrites the problems which another one answers under `/v1`."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await self._inner(scope, receive, _Rewriter(send) if is_ours else send)


class _Rewriter:
    """Holds the head of a problem back until its body, which comes in one piece, says what is in it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and Headers(raw=message["headers"])["content-type"] == MEDIA_TYPE:
            self._head = message
        elif self._head is None:
            await self._send(message)
        else:
            await self._answer(self._head, msgspec.json.decode(message["body"]))

    async def _answer(self, head: Message, problem: dict[str, Any]) -> None:
        status = openai_status(problem)
        content = msgspec.json.encode({"error": openai_error(problem)})
        headers = MutableHeaders(raw=head["headers"])
        headers["content-type"], headers["content-length"] = "application/json", str(len(content))
        await self._send({**head, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": content})


def openai_status(problem: dict[str, Any]) -> int:
    """The status that OpenAI's API gives to what a problem tells."""
    if problem["type"] == _MISSING:
        return HTTPStatus.NOT_FOUND
    if problem["status"] == HTTPStatus.UNPROCESSABLE_ENTITY:
        return HTTPStatus.BAD_REQUEST
    return int(problem["status"])


def openai_error(problem: dict[str, Any]) -> dict[str, Any]:
    """The problem as the `error` of OpenAI's API: one message, and a type and a code to tell errors apart by."""
    name = problem["type"].rpartition(":")[2]
    mine = problem["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR
    return {
        "message": f"{problem['detail']} {problem['hint']}".strip(),
        "type": "server_error" if mine else "invalid_request_error",
        "param": None,
        "code": _CODES.get(name) or _HUMP.sub("_", name).lower(),
    }
