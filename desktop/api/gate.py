"""The door before every route: who may not come in learns nothing of what is behind it.

A web page can make a browser send requests to loopback. It can't know the token, it always sends an `Origin` with what
matters, and by rebinding a name to 127.0.0.1 it still sends its own `Host`. Each of the three is refused by itself.
"""

import hmac
import math
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException

from desktop.api.problems import Problem, problem_response
from desktop.api.rate_limit import RateLimit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Texts may come in the request itself; larger ones are given as the path of a file."""

MAX_FORM_BYTES: Final = 1024 * 1024 * 1024
"""A form brings files along, which are not held in memory."""

_JSON: Final = b"application/json"
_FORM: Final = b"multipart/form-data"
_PERSON: Final = "legwork.person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who may come in: to one of these hosts, with one of these tokens.

    `own_token` is known to Legwork itself alone: what comes with it is the person at this machine.
    """

    hosts: Collection[str]  # as in a `Host` header, with the port, in lower case
    token: str = field(repr=False)
    own_token: str | None = field(default=None, repr=False)


def is_of_the_person(scope: MutableMapping[str, Any]) -> bool:
    """Whether the request came from Legwork's own window or command line."""
    return bool(scope.get(_PERSON, False))


class Gate:
    """An ASGI application that passes on what carries the token, was sent to this address, and is not too large.

    Whoever asks without a pause is told to wait.
    """

    def __init__(self, inner: Application, admission: Admission, rate_limit: RateLimit) -> None:
        self._inner = inner
        self._expected = f"Bearer {admission.token}".encode()
        self._own = None if admission.own_token is None else f"Bearer {admission.own_token}".encode()
        self._hosts = frozenset(host.encode() for host in admission.hosts)
        self._rate_limit = rate_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request with a refusal, or pass it on."""
        if scope["type"] != "http":
            return  # no route needs a websocket, and lifespan is off
        given: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            given.setdefault(name.lower(), []).append(value)
        problem = self._impatience(scope) or self._refusal(given)
        if problem is None:
            scope[_PERSON] = self._own is not None and hmac.compare_digest(given[b"authorization"][0], self._own)
            await self._inner(scope, _limited(receive, _limit(given)), send)
        else:
            await problem_response(problem)(scope, receive, send)

    def _impatience(self, scope: Scope) -> Problem | None:
        address, *_ = scope.get("client") or ("unknown",)
        seconds = self._rate_limit.wait(address)
        return _too_often(math.ceil(seconds)) if seconds else None

    def _refusal(self, given: dict[bytes, list[bytes]]) -> Problem | None:
        hosts = given.get(b"host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return _FOREIGN_HOST
        if b"origin" in given:
            return _FOREIGN_ORIGIN
        tokens = given.get(b"authorization", [])
        if len(tokens) != 1 or not self._opens(tokens[0]):
            return _NO_TOKEN
        if _announced_size(given) > _limit(given):
            return TOO_LARGE
        return _UNKNOWN_FORM if _is_of_another_form(given) else None

    def _opens(self, token: bytes) -> bool:
        is_own = self._own is not None and hmac.compare_digest(token, self._own)
        return hmac.compare_digest(token, self._expected) or is_own


class BodyTooLarge(HTTPException):
    """A body without an announced size went over the limit while it was read.

    An `HTTPException`, since the framework takes any other error in reading a body for a bad request.
    """

    def __init__(self) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive` that counts: a body sent in chunks does not announce its size."""
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyTooLarge
        return message

    return counted


def _media_type(given: dict[bytes, list[bytes]]) -> bytes:
    """In lower case, without its parameters; empty where there is none."""
    types = given.get(b"content-type", [b""])
    return types[0].partition(b";")[0].strip().lower() if len(types) == 1 else b"several"


def _limit(given: dict[bytes, list[bytes]]) -> int:
    return MAX_FORM_BYTES if _media_type(given) == _FORM else MAX_BODY_BYTES


def _is_of_another_form(given: dict[bytes, list[bytes]]) -> bool:
    has_body = _announced_size(given) > 0 or b"transfer-encoding" in given
    return has_body and _media_type(given) not in (_JSON, _FORM)


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
    detail="The request is larger than 64 MB, or than 1 GB with files; nothing was kept of it.",
    hint="Save the text as a file and give its path.",
)
_UNKNOWN_FORM: Final = Problem(
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    type="UnknownForm",
    detail="The request is neither JSON nor a form with files; nothing was started.",
    hint="Send 'Content-Type: application/json', or multipart/form-data for a task with files.",
)


def _too_often(seconds: int) -> Problem:
    return Problem(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        type="TooOften",
        detail="Too many requests came from this address; this one was not answered.",
        hint="Look every few seconds, or follow a task's events instead of asking for it.",
        retry_after=seconds,
    )
