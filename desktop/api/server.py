"""The loopback server: a port, a token, and uvicorn in the engine's own loop.

Binding is quick and says at once whether the port is free. The web framework costs most of a second to import, so that
is done afterwards, by `serve`, while the engine already works.
"""

import asyncio
import contextlib
import importlib
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import desktop
from desktop.api.allowed_folders import AllowedFolders
from desktop.api.announcement import Announcement, publish, withdraw
from desktop.api.errors import HandoverFailed
from desktop.api.outer_door import OuterDoor
from desktop.api.second_start import SecondStart
from desktop.api.token_file import TOKEN_BYTES, kept_token
from desktop.engine import Engine
from desktop.models.keeper import ModelKeeper

logger = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
_LOOPBACK_NAMES: Final = (HOST, "localhost")
UPLOADS: Final = "uploads"
_SHORT_TURN_SECONDS: Final = 0.0002


class LoopbackServer:
    """Answers on 127.0.0.1 while `serve` runs, and is announced in a file as long as it does.

    Programs may name files in `folders` (None: the home folder). With an `outer` door, other machines are answered too.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        announcement: Path,
        second_start: SecondStart = SecondStart(),  # noqa: B008 - it can't be changed
        folders: Iterable[str] | None = None,
        outer: OuterDoor | None = None,
        keeper: ModelKeeper | None = None,
    ) -> None:
        self._engine = engine
        self._allowed = AllowedFolders(folders, private=announcement.parent)
        self._outer = outer
        self._keeper = keeper
        self._outer_socket: socket.socket | None = None
        self._announcement = announcement
        self._second_start = second_start
        self._socket: socket.socket | None = None
        self.answering = asyncio.Event()
        """Set while requests are answered and the announcement is there."""

    def bind(self, port: int) -> int:
        """Take the port (0: any free one) and return its number, and the outer door.

        Raises `HandoverFailed` where one of them can't be had.
        """
        # asyncio lets small answers leave at once (TCP_NODELAY) only where the protocol is named. Else every answer on
        # a connection that is used again waits 40 ms for a delayed acknowledgement.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            listener.close()
            raise HandoverFailed(
                f"Port {port} can't be used ({error.strerror}). Nothing was started.",
                hint="Choose another port with --port, or leave it out.",
            ) from error
        self._socket = listener
        if self._outer is not None:
            self._outer_socket = self._outer.bind()
        taken: int = listener.getsockname()[1]
        return taken

    async def serve(self) -> None:
        """Answer until cancelled."""
        if self._socket is None:
            self.bind(0)
        assert self._socket is not None  # noqa: S101 - bound above
        await asyncio.to_thread(_import_framework)
        with contextlib.closing(self._socket) as listener:
            await self._serve_on(listener)

    def close(self) -> None:
        """Give the port back where `serve` never ran."""
        for taken in (self._socket, self._outer_socket):
            if taken is not None:
                taken.close()

    async def _serve_on(self, listener: socket.socket) -> None:
        from desktop.api.application import guarded, make_routes
        from desktop.api.embedded import EmbeddedServer
        from desktop.api.gate import Admission

        port = listener.getsockname()[1]
        token, own_token = self._token(), secrets.token_urlsafe(TOKEN_BYTES)
        folder = self._announcement.parent / UPLOADS
        routes = make_routes(self._engine, self._second_start, folder, self._allowed, self._keeper)
        hosts = frozenset(f"{name}:{port}" for name in _LOOPBACK_NAMES)
        inner = EmbeddedServer(guarded(routes, Admission(hosts=hosts, token=token, own_token=own_token)))
        async with AsyncExitStack() as stack:
            await inner.start(listener)
            stack.push_async_callback(inner.stop)
            if self._outer is not None and self._outer_socket is not None:
                hosts = self._outer.hosts(self._outer_socket.getsockname()[1])
                application = guarded(routes, Admission(hosts=hosts, token=token))
                outside = EmbeddedServer(application, self._outer.certificate, self._outer.key)
                await outside.start(stack.enter_context(contextlib.closing(self._outer_socket)))
                stack.push_async_callback(outside.stop)
            with self._announced(port, token, own_token):
                await inner.wait()

    def _token(self) -> str:
        try:
            return kept_token(self._announcement.with_name("token"))
        except OSError as error:
            logger.warning("the token of the API can't be kept (%s): it holds until this engine ends", error.strerror)
            return secrets.token_urlsafe(TOKEN_BYTES)

    @contextlib.contextmanager
    def _announced(self, port: int, token: str, own_token: str) -> Iterator[None]:
        publish(
            self._announcement,
            Announcement(
                address=f"http://{HOST}:{port}",
                token=token,
                own_token=own_token,
                pid=os.getpid(),
                version=desktop.__version__,
                started_at=datetime.now(UTC),
            ),
        )
        logger.info("answering on port %d", port)
        self.answering.set()
        try:
            yield
        finally:
            self.answering.clear()
            withdraw(self._announcement)


def free_port(wanted: int) -> int:
    """The port, where it can be had now; else 0, which stands for any."""
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            return 0
    return wanted


def _import_framework() -> None:
    with _short_turns():
        importlib.import_module("desktop.api.application")
        importlib.import_module("desktop.api.embedded")


@contextlib.contextmanager
def _short_turns() -> Iterator[None]:
    """Let the other threads have the interpreter as soon as they ask: an import else takes 5 ms before each hand-over.

    A task that is submitted meanwhile crosses between the threads dozens of times.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SHORT_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
