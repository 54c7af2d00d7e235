"""Work in another thread that a cancellation waits for, so that nothing is torn."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do the work in a thread; a cancelled caller gets its cancellation once the work is done."""
    aio_task = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(aio_task)
    except asyncio.CancelledError:
        await asyncio.wait([aio_task])
        raise
