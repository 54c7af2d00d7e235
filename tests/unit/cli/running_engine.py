"""An engine that owns a data folder and answers, for commands that speak to one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from desktop.api.ownership import sole_owner
from desktop.api.server import LoopbackServer
from desktop.models.keeper import ModelKeeper
from desktop.paths import Paths
from tests.fakes.engine_double import EngineDouble


@contextmanager
def running(
    paths: Paths, engine: EngineDouble, keeper: ModelKeeper | None = None
) -> Iterator[asyncio.AbstractEventLoop]:
    """An engine that owns the folder and answers, on a loop in another thread."""
    loop = asyncio.new_event_loop()
    server = LoopbackServer(engine, announcement=paths.engine, keeper=keeper)  # type: ignore[arg-type]
    ready, leave = threading.Event(), asyncio.Event()

    async def live() -> None:
        serving = asyncio.create_task(server.serve())
        await server.answering.wait()
        ready.set()
        await leave.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    with sole_owner(paths):
        thread.start()
        ready.wait()
        try:
            yield loop
        finally:
            loop.call_soon_threadsafe(leave.set)
            thread.join()
            loop.close()
