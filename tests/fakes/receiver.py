"""A loopback HTTP server that answers as a test says, and remembers what it was sent."""

import asyncio
from collections import deque
from dataclasses import dataclass

OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HANG = "hang"
DRIP = "drip"


def answer(status: int, *headers: str) -> str:
    return "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} Said", *headers, "Content-Length: 0", ""))


@dataclass(frozen=True)
class Call:
    """What came in."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers 200 once `answers` are used up."""

    def __init__(self) -> None:
        self.answers: deque[str] = deque()
        self.calls: list[Call] = []
        self.came: asyncio.Queue[Call] = asyncio.Queue()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Be gone: nobody listens on the port."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            call = await self._read(reader)
            what = self.answers.popleft() if self.answers else OK
            self.calls.append(call)
            self.came.put_nowait(call)
            if what == HANG:
                await reader.read()
            elif what == DRIP:
                writer.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                await reader.read()
            else:
                writer.write(what.encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Call:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rows = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
        return Call(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
