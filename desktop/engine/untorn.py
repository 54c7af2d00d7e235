"""Work that no cancellation tears."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def undisturbed(work: Awaitable[T]) -> T:
    """The result of the work, which goes on to its end. A cancellation that comes meanwhile is raised after that.

    Where the work fails, its error is raised in any case.
    """
    aio_task = asyncio.ensure_future(work)
    disturbed = False
    while not aio_task.done():
        try:
            await asyncio.wait([aio_task])
        except asyncio.CancelledError:
            disturbed = True
    result = aio_task.result()
    if disturbed:
        raise asyncio.CancelledError
    return result
