"""A loopback web server with whatever pages a test gives it, in bytes, and names that lead to it."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

from tests.fakes.receiver import Call

Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]
"""What is sent, or who sends it; a server that goes on sending returns an awaitable."""


def page(
    body: bytes | str, media_type: str = "text/html; charset=utf-8", *headers: str, status: str = "200 OK"
) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(content)}", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "Connection: close", "")).encode() + content


def redirect(location: str, status: int = 302) -> bytes:
    return page("", "text/html", f"Location: {location}", status=f"{status} Elsewhere")


class WebServer:
    """Answers by path, without the query; 404 for all others. Every call is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.calls: list[Call] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.gather(*self._serving)  # they end with their clients
        await self._server.wait_closed()

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [call.line.split()[1] for call in self.calls]

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer), name="connection of the web server")
        self._serving.add(serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *rows = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.calls.append(Call(line, headers, body))
            await self._answer(line.split()[1].partition("?")[0], reader, writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = self.pages.get(path, page("There is nothing here.", status="404 Not Found"))
        if isinstance(found, bytes):
            writer.write(found)
            await writer.drain()
        else:
            await found(reader, writer)


class Names:
    """A look-up of names that answers as a test says: the addresses of each next time, the last ones for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        known = self.answers.get(host.partition(".")[0], [])
        if not known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        addresses = known.pop(0) if len(known) > 1 else known[0]
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(kind, 1, 6, "", (address, port)) for kind, address in zip(kinds, addresses, strict=True)]
