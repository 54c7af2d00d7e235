"""Limits of time that hold while this process runs: a machine that sleeps, or a process that is stopped, loses none."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

LOOK_SECONDS: Final = 1.0
"""The limit is counted in waits of this length. One that takes longer, as nothing ran here, counts as one."""


async def within(seconds: float, work: Awaitable[T], *, on_look: Callable[[float], None] | None = None) -> T:
    """`await work`, which is cancelled when it has not ended in that many seconds; then raises `TimeoutError`.

    `on_look` hears after each wait for how long it was; it may raise to end the work sooner.
    """
    aio_task = asyncio.ensure_future(work)
    left = seconds
    try:
        while left > 0:
            wait = min(left, LOOK_SECONDS)
            done, _ = await asyncio.wait([aio_task], timeout=wait)
            if done:
                return aio_task.result()
            left -= wait
            if on_look is not None:
                on_look(wait)
        raise TimeoutError
    finally:
        if not aio_task.done():
            aio_task.cancel()
            await asyncio.wait([aio_task])
