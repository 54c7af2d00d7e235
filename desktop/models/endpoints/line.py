"""The line to a server: what is sent, where it may lead, and what comes back in one piece."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Final, TypeVar

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from desktop.engine import ModelUnavailable
from desktop.models.chat import Chunk, ServerError, server_error
from desktop.models.endpoints.choice import EndpointChoice, check_endpoint, check_plain
from desktop.models.endpoints.refusals import KEPT, SETTINGS, Counterpart
from desktop.models.replies import MOST_BYTES, UNDECODABLE, in_short

T = TypeVar("T")

CONNECT_SECONDS: Final = 10.0
_MOST_KEY: Final = 4_096


class PlainResolver(AbstractResolver):
    """Looks a host up that is spoken to without encryption, and refuses it where it is on the open internet."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of the host. Raises `ModelUnavailable` where one of them is public."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        results = []
        for kind, _, protocol, _, target in found:
            address = str(target[0])
            check_plain(host, ip_address(address.partition("%")[0]))
            results.append(
                ResolveResult(
                    hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is kept."""


class Line:
    """Connections to one server, with its key. Raises `ModelUnavailable` for an address or a key that can't be one."""

    def __init__(self, choice: EndpointChoice, key: str) -> None:
        check_endpoint(choice)
        self.base = choice.base
        self.host = choice.host
        self.users = 0  # calls that go on now
        self.key = _checked(key.strip(), choice.host)
        self.session = aiohttp.ClientSession(
            f"{self.base.removesuffix('/v1')}/",
            headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
            connector=aiohttp.TCPConnector(
                limit=0,
                force_close=True,  # servers close kept connections at moments of their own
                resolver=None if choice.is_encrypted else PlainResolver(),
                use_dns_cache=False,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    def counterpart(self, model: str = "") -> Counterpart:
        """Who is asked, for the words of an error."""
        return Counterpart(host=self.host, model=model, key=self.key)

    @asynccontextmanager
    async def get(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask for something under the API's address. A redirect is not followed."""
        async with self.session.get(f"{self.base}/{path}", allow_redirects=False) as response:
            yield response

    @asynccontextmanager
    async def post(self, path: str, body: dict[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a body in JSON. A redirect is not followed: what is asked may go to this server, and to no other."""
        async with self.session.post(
            f"{self.base}/{path}",
            data=msgspec.json.encode(body),
            headers={"Content-Type": "application/json"},
            allow_redirects=False,
        ) as response:
            try:
                yield response
            finally:
                response.close()  # hangs up where the answer did not come to its end

    async def close(self) -> None:
        """Hang up."""
        await self.session.close()


async def content_of(response: aiohttp.ClientResponse) -> bytes:
    """What was answered, as far as anybody reads it."""
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > MOST_BYTES:
            break
    return bytes(content[: MOST_BYTES + 1])


async def error_of(response: aiohttp.ClientResponse) -> ServerError:
    """What a server says against a request; many say it in a form of their own."""
    content = await content_of(response)
    try:
        chunk = msgspec.json.decode(content, type=Chunk)
    except UNDECODABLE:
        return ServerError(message=in_short(content[:2_000].decode("utf-8", "replace")) or _reason(response))
    return server_error(chunk) if chunk.error else ServerError(message=_told(content) or _reason(response))


def unreachable(line: Line, error: Exception) -> Exception:
    """What a connection that failed means: an error of the engine's."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return ModelUnavailable(
            f"{line.host} can't show that it is who it says: its certificate is not one that this machine trusts. "
            f"Nothing was sent to it. {KEPT}",
            hint=f"Put its certificate right, or give its address {SETTINGS} as the certificate has it.",
        )
    counterpart = line.counterpart()
    if isinstance(error, aiohttp.ClientConnectionError | TimeoutError) and not isinstance(
        error, aiohttp.ServerDisconnectedError
    ):
        reason = counterpart.quoted(str(getattr(error, "os_error", "") or error)) or "it took too long"
        return counterpart.failed(f"can't be reached ({reason})")
    return counterpart.failed(f"broke off ({counterpart.quoted(str(error)) or type(error).__name__})")


def _checked(key: str, host: str) -> str:
    if key and not (key.isascii() and key.isprintable() and len(key) <= _MOST_KEY):
        raise ModelUnavailable(
            f"The key for {host} has characters that no key has. Nothing was sent.", hint=f"Type it again {SETTINGS}."
        )
    return key


def _reason(response: aiohttp.ClientResponse) -> str:
    try:
        return HTTPStatus(response.status).phrase
    except ValueError:
        return "it gave no reason"


def _told(content: bytes) -> str:
    """A message where FastAPI and others put it."""
    found = msgspec.json.decode(content)
    said = (found.get("message") or found.get("detail")) if isinstance(found, dict) else None
    return str(said) if said else ""
