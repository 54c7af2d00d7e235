"""Work that a cancellation does not break off: it waits."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives or raises. Whoever is cancelled meanwhile is so when it is done."""
    aio_task = asyncio.ensure_future(work)
    stopped: asyncio.CancelledError | None = None
    while not aio_task.done():
        try:
            await asyncio.wait([aio_task])
        except asyncio.CancelledError as error:
            stopped = error
    if stopped is not None:
        aio_task.exception()  # seen, if there is one: the cancellation goes first
        raise stopped
    return aio_task.result()
