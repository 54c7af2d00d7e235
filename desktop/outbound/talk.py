"""A longer talk with one server, for a library that speaks its protocol: each request is checked like all others."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import httpx2

from desktop.engine import AddressRefused, LegworkError, WebUnavailable
from desktop.outbound.addresses import checked_address
from desktop.outbound.reach import Reach
from desktop.outbound.sending import USER_AGENT

if TYPE_CHECKING:
    import aiohttp

    from desktop.outbound.checked_resolver import LookUp

logging.getLogger("httpx2").setLevel(logging.WARNING)
"""It logs whole addresses, in which there may be a key."""

CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 600.0
"""For a whole answer. Whoever asks has limits of their own that are below; only a GET, which listens, has none."""
FAREWELL_SECONDS: Final = 3.0
"""For the answer to a DELETE, which ends a session: nobody waits for it with anything to gain."""
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
_SPENT: Final = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie"})
"""What is no longer true of an answer once it was unpacked, and cookies, which are not kept."""

_BLANK: Final = re.compile(rb"\n\n|\r\r|\n\r")
"""Where an event of a stream ends, whichever line ends its server writes."""

OnBytes = Callable[[bytes, int], None]
"""Hears what was received, and how many bytes of a message are there so far. May raise, which ends the answer."""
OnMessage = Callable[[bytes], None]
"""Hears a whole body, or whole events of a stream, before whoever asked does. May raise, which ends the answer."""


class Talk(httpx2.AsyncBaseTransport):
    """Carries the requests of an httpx2 client out: names looked up once, each address checked, no proxy, no cookie.

    How long an answer may take at most stands above; less is for whoever asks. `on_request` hears of each request
    beforehand, and may raise.
    """

    def __init__(
        self,
        reach: Reach,
        headers: Mapping[str, str],
        *,
        on_request: Callable[[], None],
        on_bytes: OnBytes,
        on_message: OnMessage,
        look_up: "LookUp | None" = None,
    ) -> None:
        self.refused: LegworkError | None = None  # why the last request was not made, or had no answer
        self.is_unsent = False  # whether the last POST came to nobody: what it asks for is not done
        self.last_refusal = 0  # the status of the last answer that was none, since one that was
        self._reach = reach
        self._headers = headers
        self._on_request = on_request
        self._hear = on_bytes, on_message
        self._look_up = look_up
        self._session: aiohttp.ClientSession | None = None

    def client(self) -> httpx2.AsyncClient:
        """The client for the library; closing it closes the talk."""
        headers = {"User-Agent": USER_AGENT, **self._headers}
        return httpx2.AsyncClient(transport=self, headers=headers, timeout=None, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises `httpx2.TransportError` where there is no answer, and what `on_request` raises."""
        import aiohttp

        self._on_request()
        try:
            address = checked_address(str(request.url), self._reach)
            answer = await self._opened().request(
                request.method,
                address,
                data=await request.aread() or None,
                headers=[(name, value) for name, value in request.headers.multi_items() if name.lower() not in _OURS],
                allow_redirects=False,
                timeout=_patience(request.method),
            )
        except (AddressRefused, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self.refused = error if isinstance(error, AddressRefused) else _no_answer(request, error)
            is_unsent = _is_unsent(error)
            self._note(request, is_unsent=is_unsent)
            failure = httpx2.ConnectError if is_unsent else httpx2.ReadError
            raise failure(self.refused.message, request=request) from error
        self.refused = None
        self._note(request, is_unsent=False)
        self.last_refusal = answer.status if answer.status >= 400 else 0
        headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in _SPENT]
        return httpx2.Response(
            answer.status, headers=headers, stream=_Body(answer, request, *self._hear), request=request
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _note(self, request: httpx2.Request, *, is_unsent: bool) -> None:
        if request.method == "POST":
            self.is_unsent = is_unsent

    def _opened(self) -> Any:
        import aiohttp

        from desktop.outbound.checked_resolver import CheckedResolver

        if self._session is None:
            resolver = CheckedResolver(self._reach, self._look_up)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


class _Body(httpx2.AsyncByteStream):
    """What an answer holds, unpacked: a body in one piece, or a stream of events in pieces of whole events."""

    def __init__(
        self, answer: "aiohttp.ClientResponse", request: httpx2.Request, on_bytes: OnBytes, on_message: OnMessage
    ) -> None:
        self._answer = answer
        self._request = request
        self._on_bytes = on_bytes
        self._on_message = on_message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        is_stream, held = self._answer.content_type == "text/event-stream", bytearray()
        async for piece in self._pieces():
            unseen = max(0, len(held) - 1)
            held += piece
            self._on_bytes(piece, len(held))
            if is_stream and (ends := [found.end() for found in _BLANK.finditer(held, unseen)]):
                whole = bytes(held[: ends[-1]])
                del held[: ends[-1]]
                self._on_message(whole)
                yield whole
        if held:
            self._on_message(bytes(held))
            yield bytes(held)

    async def _pieces(self) -> AsyncIterator[bytes]:
        import aiohttp

        try:
            async for piece in self._answer.content.iter_any():
                yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise httpx2.ReadError("the answer broke off", request=self._request) from error

    async def aclose(self) -> None:
        self._answer.close()
        await asyncio.sleep(0)  # the connection closes at the next turn of the loop


def _patience(method: str) -> "aiohttp.ClientTimeout":
    import aiohttp

    totals = {"GET": None, "DELETE": FAREWELL_SECONDS}
    return aiohttp.ClientTimeout(total=totals.get(method, ANSWER_SECONDS), connect=CONNECT_SECONDS)


def _is_unsent(error: Exception) -> bool:
    """Whether it failed before anything was sent: the address, the name, the way there."""
    import aiohttp

    before = (AddressRefused, ValueError, aiohttp.ClientConnectorError)
    return isinstance(error, (*before, aiohttp.ConnectionTimeoutError))


def _no_answer(request: httpx2.Request, error: Exception) -> WebUnavailable:
    return WebUnavailable(
        f"{request.url.host} could not be reached ({type(error).__name__}).", hint="See that it runs and is reachable."
    )
