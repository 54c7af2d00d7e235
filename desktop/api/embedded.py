"""uvicorn as a guest in a loop that is not its own."""

import asyncio
import logging
import socket
from pathlib import Path

import uvicorn

from desktop.api.gate import Application


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """A stream that is cut off has said so itself."""
    return not record.getMessage().startswith("ASGI callable returned without completing response")


class EmbeddedServer:
    """One ASGI application, answering on a socket in the running loop.

    uvicorn is driven below its `serve`, which would take the process's signals: they are the engine's holder's.
    """

    def __init__(self, application: Application, certificate: Path | None = None, key: Path | None = None) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                http="h11",
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                ssl_certfile=certificate,
                ssl_keyfile=key,
            )
        )
        self._aio_task: asyncio.Task[None] | None = None
        logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)

    async def start(self, listener: socket.socket) -> None:
        """Begin to answer."""
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[listener])
        self._aio_task = asyncio.create_task(self._server.main_loop(), name="loopback server")

    async def wait(self) -> None:
        """Return when the server has ended, which it does only when told."""
        assert self._aio_task is not None  # noqa: S101 - started
        await asyncio.shield(self._aio_task)

    async def stop(self) -> None:
        """Answer what is under way, for a second at most, and end."""
        if self._aio_task is None:
            return
        self._server.should_exit = True
        await self._aio_task
        await self._server.shutdown()
