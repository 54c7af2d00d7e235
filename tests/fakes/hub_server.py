"""A hub on loopback: it answers like the real one, from two addresses, and troubles downloads as a test says.

The hub redirects to a storage on another port, and tells size, SHA-256 and commit in headers. Of the storage every
request takes the next trouble from a list; without one it serves the file, or the range that was asked for.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web

PIECE = 64 * 1024


class Trouble(Enum):
    """What goes wrong with one request to the storage."""

    CUT = "the connection breaks off in the middle"
    STALL = "nothing more comes after the middle"
    CORRUPT = "a byte is another one"
    NO_RANGES = "the whole file comes whatever was asked for"
    WRONG_RANGE = "another range than that asked for"
    ENDS_EARLY = "the answer has no length and ends in the middle"
    TOO_MUCH = "more comes than there is"


@dataclass
class Gate:
    """Lets `pieces` pieces through, then holds the rest until it is opened; and so on with the next one."""

    pieces: int
    following: "Gate | None" = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Refusal:
    """An answer with that status instead of the file."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class HubServer:
    """The files of the hub by `owner/name/path`, and what was asked of it."""

    files: dict[str, bytes] = field(default_factory=dict)
    commit: str = "a" * 40
    gated_by: str = ""  # the token without which nothing is told
    at_hub: deque[Refusal] = field(default_factory=deque)
    at_storage: deque[Trouble | Gate | Refusal] = field(default_factory=deque)
    hub_requests: list[web.Request] = field(default_factory=list)
    storage_requests: list[web.Request] = field(default_factory=list)
    hub_address: str = ""
    storage_address: str = ""
    lies_of_hash: bool = False
    tells_hash: bool = True

    @property
    def ranges(self) -> list[str]:
        """The ranges that were asked of the storage, in order."""
        return [request.headers.get("Range", "") for request in self.storage_requests]

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        self.hub_requests.append(request)
        if self.at_hub:
            refusal = self.at_hub.popleft()
            return web.Response(status=refusal.status, headers=refusal.headers)
        if self.gated_by and request.headers.get("Authorization") != f"Bearer {self.gated_by}":
            return web.Response(status=401, headers={"X-Error-Code": "GatedRepo"})
        if request.match_info["revision"] not in ("main", self.commit):
            return web.Response(status=404, headers={"X-Error-Code": "RevisionNotFound"})
        name = f"{request.match_info['owner']}/{request.match_info['name']}/{request.match_info['path']}"
        if name not in self.files:
            return web.Response(status=404, headers={"X-Error-Code": "EntryNotFound"})
        digest = "0" * 64 if self.lies_of_hash else hashlib.sha256(self.files[name]).hexdigest()
        headers = {
            "Location": f"{self.storage_address}/{name}?signature=abc",
            "X-Repo-Commit": self.commit,
            "X-Linked-Size": str(len(self.files[name])),
            "ETag": '"of the pointer"',
        }
        if self.tells_hash:
            headers["X-Linked-ETag"] = f'"{digest}"'
        return web.Response(status=302, headers=headers)

    async def store(self, request: web.Request) -> web.StreamResponse:
        self.storage_requests.append(request)
        content = self.files[request.match_info["path"]]
        etag = f'"{hashlib.md5(content).hexdigest()}"'  # noqa: S324 - as storages name what they hold
        trouble = self.at_storage.popleft() if self.at_storage else None
        if isinstance(trouble, Refusal):
            return web.Response(status=trouble.status, headers=trouble.headers)
        start = self._start(request, etag)
        if start is not None and start >= len(content):
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
        if trouble is Trouble.NO_RANGES:
            start = None
        answer = web.StreamResponse(status=200 if start is None else 206, headers={"ETag": etag})
        body = content[start or 0 :]
        if start is not None:
            begun = start + (7 if trouble is Trouble.WRONG_RANGE else 0)
            answer.headers["Content-Range"] = f"bytes {begun}-{len(content) - 1}/{len(content)}"
        await self._send(request, answer, body, trouble)
        return answer

    def _start(self, request: web.Request, etag: str) -> int | None:
        wanted = request.headers.get("Range", "")
        if not wanted or request.headers.get("If-Range", etag) != etag:
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    async def _send(
        self, request: web.Request, answer: web.StreamResponse, body: bytes, trouble: Trouble | Gate | None
    ) -> None:
        middle = len(body) // 2
        if trouble is Trouble.CORRUPT:
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        if trouble is Trouble.TOO_MUCH:
            body += b"more"
        if trouble in (Trouble.ENDS_EARLY, Trouble.TOO_MUCH):
            answer.enable_chunked_encoding()
        else:
            answer.content_length = len(body)
        await answer.prepare(request)
        if trouble in (Trouble.CUT, Trouble.STALL, Trouble.ENDS_EARLY):
            await answer.write(body[:middle])
        if trouble is Trouble.CUT:
            assert request.transport is not None
            request.transport.close()
        elif trouble is Trouble.STALL:
            await asyncio.Event().wait()  # the server cancels it when whoever asked has enough
        elif trouble is not Trouble.ENDS_EARLY:
            await self._send_pieces(answer, body, trouble if isinstance(trouble, Gate) else None)

    async def _send_pieces(self, answer: web.StreamResponse, body: bytes, gate: Gate | None) -> None:
        for number, begin in enumerate(range(0, len(body), PIECE)):
            if gate is not None and number == gate.pieces:
                gate.held.set()
                await gate.opened.wait()
                gate = gate.following
            try:
                await answer.write(body[begin : begin + PIECE])
            except ConnectionError:
                return  # whoever asked has enough


@asynccontextmanager
async def running_hub(server: HubServer) -> AsyncIterator[HubServer]:
    """The server, answering until the block ends."""
    hub, storage = web.Application(), web.Application()
    hub.router.add_route("*", "/{owner}/{name}/resolve/{revision}/{path:.+}", server.resolve)
    storage.router.add_get("/{path:.+}", server.store)
    runners = [web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1) for app in (hub, storage)]
    addresses = []
    for runner in runners:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        addresses.append(f"http://127.0.0.1:{port}")
    server.hub_address, server.storage_address = addresses
    try:
        yield server
    finally:
        for runner in runners:
            await runner.cleanup()
