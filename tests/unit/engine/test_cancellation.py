"""Work that a cancellation does not break off."""

import asyncio

import pytest

from desktop.engine import unbroken


async def test_it_gives_what_the_work_gives() -> None:
    assert await unbroken(asyncio.sleep(0, "result")) == "result"


async def test_a_failure_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("in vain")

    with pytest.raises(ValueError, match="in vain"):
        await unbroken(fail())


@pytest.mark.parametrize("fails", [False, True])
async def test_who_is_cancelled_is_so_when_the_work_is_done(fails: bool) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()
        if fails:
            raise ValueError

    aio_task = asyncio.create_task(unbroken(work()))
    for _ in range(2):
        await asyncio.sleep(0)
        aio_task.cancel()
    await asyncio.sleep(0)
    assert not aio_task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await aio_task
    assert done.is_set()
