"""The one function that makes requests to addresses which others chose.

A name is looked up once for each connection, every address that it leads to is checked, and one of these is connected
to: again at each redirect. No cookie, no password, no proxy of the environment: a proxy would look the names up itself,
and connect to what nobody checked.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import desktop
from desktop.engine import WebUnavailable, within
from desktop.outbound.addresses import checked_address
from desktop.outbound.call import Call, Limits, Reply
from desktop.outbound.reach import Reach, is_named

if TYPE_CHECKING:
    from aiohttp import ClientResponse
    from yarl import URL

    from desktop.outbound.checked_resolver import LookUp

logger = logging.getLogger(__name__)

USER_AGENT: Final = f"Legwork/{desktop.__version__}"
_HEADERS: Final = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_CHUNK: Final = 64 * 1024


async def send(call: Call, reach: Reach, limits: Limits | None = None, *, look_up: "LookUp | None" = None) -> Reply:
    """Make the request and give its answer, whatever its status.

    Redirects of a GET are followed. Those of a host that the person did not name lead to public addresses only.
    Raises `AddressRefused` where it leads to what may not be called, `WebUnavailable` where no answer can be had, or
    none within the limits.
    """
    limits = limits or Limits()
    try:
        return await within(limits.seconds, _follow(call, reach, limits, look_up))
    except TimeoutError as error:
        raise WebUnavailable(
            f"The answer took longer than {limits.seconds:g} seconds and was given up.",
            hint="Try again later, or use another address.",
        ) from error


async def _follow(call: Call, reach: Reach, limits: Limits, look_up: "LookUp | None") -> Reply:
    address = checked_address(call.url, reach)
    headers = call.headers
    for _ in range(limits.redirects + 1):
        reply = await _Exchange(call, address, headers, reach, limits, look_up).reply()
        target = reply.headers.get("location")
        if not limits.redirects or call.method != "GET" or reply.status not in _REDIRECTS or target is None:
            return reply
        if not is_named(address.raw_host or "", address.port or 0, reach.named):
            reach = Reach()  # a stranger does not send us to where only we may go
        address, headers = checked_address(target, reach, after=address), {}
    raise WebUnavailable(
        f"{address.raw_host} sends from one address to another without end; it was given up.",
        hint="Use another address.",
    )


class _Exchange:
    """One request to one address and its answer."""

    def __init__(
        self,
        call: Call,
        address: "URL",
        headers: Mapping[str, str],
        reach: Reach,
        limits: Limits,
        look_up: "LookUp | None",
    ) -> None:
        self._call = call
        self._address = address
        self._headers = headers
        self._reach = reach
        self._limits = limits
        self._look_up = look_up

    async def reply(self) -> Reply:
        """Raises `AddressRefused` or `WebUnavailable`."""
        import aiohttp  # comes with the first use, as for the runtime

        host = self._address.raw_host
        try:
            async with self._session() as session, session.request(**self._request()) as answer:
                logger.info("%s %s answered %d", self._call.method, host, answer.status)
                return await self._read(answer)
        except TimeoutError as error:
            raise WebUnavailable(
                f"{host} did not answer in time and was given up.", hint="Try again later, or use another address."
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise WebUnavailable(
                f"{host} could not be reached ({type(error).__name__}).", hint="See that it runs and is reachable."
            ) from error

    def _session(self) -> Any:
        import aiohttp

        from desktop.outbound.checked_resolver import CheckedResolver

        resolver = CheckedResolver(self._reach, self._look_up)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, force_close=True, use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            timeout=aiohttp.ClientTimeout(
                total=None, connect=self._limits.connect_seconds, sock_read=self._limits.silence_seconds
            ),
        )

    def _request(self) -> dict[str, Any]:
        return {
            "method": self._call.method,
            "url": self._address,
            "data": self._call.body,
            "headers": {**_HEADERS, **self._headers},
            "allow_redirects": False,
        }

    async def _read(self, answer: "ClientResponse") -> Reply:
        declared = answer.headers.get("Content-Type", "")
        reply = Reply(
            url=str(self._address),
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            media_type=answer.content_type.lower() if declared else "",
            charset=(answer.charset or "").lower(),
        )
        if self._call.accepts is None or not reply.is_success:
            return reply
        if not self._call.accepts(reply.media_type):
            raise WebUnavailable(
                f"{self._address.raw_host} gives {reply.media_type[:80]!a}, which can't be read; it was left there.",
                hint="Use an address that leads to text or a document.",
            )
        return replace(reply, body=await self._body(answer))

    async def _body(self, answer: "ClientResponse") -> bytes:
        """The body, whose growth is watched while it is taken out of whatever it was packed in."""
        pieces, size = [], 0
        async for piece in answer.content.iter_chunked(_CHUNK):
            size += len(piece)
            if size > self._limits.bytes:
                raise WebUnavailable(
                    f"{self._address.raw_host} gives more than {self._limits.bytes / 1024**2:g} MB; nothing was kept.",
                    hint="Use an address that gives less at once.",
                )
            pieces.append(piece)
        return b"".join(pieces)
