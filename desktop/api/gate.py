"""The door before every route: who may not come in learns nothing of what is behind it.

A web page can make a browser send requests to loopback. It can't know the token, it always sends an `Origin` with what
matters, and by rebinding a name to 127.0.0.1 it still sends its own `Host`. Each of the three is refused by itself.
"""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException

from desktop.api.problems import Problem, problem_response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Texts may come in the request itself; larger ones are given as the path of a file."""

_LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost")


class Gate:
    """An ASGI application that passes on what carries the token, comes from this machine, and is not too large."""

    def __init__(self, inner: Application, *, token: str, port: int) -> None:
        self._inner = inner
        self._expected = f"Bearer {token}".encode()
        self._hosts = frozenset(f"{name}:{port}".encode() for name in _LOOPBACK_NAMES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request with a refusal, or pass it on."""
        if scope["type"] != "http":
            return  # no route needs a websocket, and lifespan is off
        problem = self._refusal(scope["headers"])
        if problem is None:
            await self._inner(scope, _limited(receive), send)
        else:
            await problem_response(problem)(scope, receive, send)

    def _refusal(self, headers: list[tuple[bytes, bytes]]) -> Problem | None:
        given: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            given.setdefault(name.lower(), []).append(value)
        hosts = given.get(b"host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return _FOREIGN_HOST
        if b"origin" in given:
            return _FOREIGN_ORIGIN
        tokens = given.get(b"authorization", [])
        if len(tokens) != 1 or not hmac.compare_digest(tokens[0], self._expected):
            return _NO_TOKEN
        if _announced_size(given) > MAX_BODY_BYTES:
            return TOO_LARGE
        return None


class BodyTooLarge(HTTPException):
    """A body without an announced size went over the limit while it was read.

    An `HTTPException`, since the framework takes any other error in reading a body for a bad request.
    """

    def __init__(self) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _limited(receive: Receive) -> Receive:
    """`receive` that counts: a body sent in chunks does not announce its size."""
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY_BYTES:
            raise BodyTooLarge
        return message

    return counted


def _announced_size(given: dict[bytes, list[bytes]]) -> int:
    sizes = given.get(b"content-length", [])
    return max((int(size) for size in sizes if size.isdigit()), default=0)


_FOREIGN_HOST: Final = Problem(
    status=HTTPStatus.FORBIDDEN,
    type="ForeignHost",
    detail="The request names a host that is not this machine's loopback address.",
    hint="Use the address in engine.json as it stands.",
)
_FOREIGN_ORIGIN: Final = Problem(
    status=HTTPStatus.FORBIDDEN,
    type="ForeignOrigin",
    detail="Requests from web pages are not answered.",
    hint="Call from a program that sends no Origin header.",
)
_NO_TOKEN: Final = Problem(
    status=HTTPStatus.UNAUTHORIZED,
    type="NoToken",
    detail="The request does not carry the engine's token.",
    hint="Send 'Authorization: Bearer <token>' with the token in engine.json, in Legwork's data folder.",
)
TOO_LARGE: Final = Problem(
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    type="RequestTooLarge",
    detail="The request is larger than 64 MB; nothing was kept of it.",
    hint="Save the text as a file and give its path.",
)
