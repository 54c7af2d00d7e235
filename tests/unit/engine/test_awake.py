"""A limit of time ends work, and only in time in which this process ran."""

import asyncio

import pytest

from desktop.engine import within


async def test_work_that_ends_in_time_gives_its_result() -> None:
    assert await within(60, asyncio.sleep(0, "done")) == "done"


async def test_work_that_takes_too_long_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        await within(0.01, work())
    assert cancelled.is_set()


async def test_a_failure_of_the_work_is_raised_as_it_is() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await within(60, work())


async def test_who_waits_can_be_cancelled_and_takes_the_work_along() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(within(60, work()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_a_look_may_end_the_work_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.engine.awake.LOOK_SECONDS", 0.01)
    looks: list[float] = []

    def look(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        await within(60, asyncio.Event().wait(), on_look=look)
    assert looks == [0.01] * 3


async def test_a_wait_that_comes_late_counts_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.engine.awake.LOOK_SECONDS", 0.01)
    looks: list[float] = []
    loop = asyncio.get_running_loop()
    real = loop.time
    ahead = 0.0

    def look(seconds: float) -> None:
        nonlocal ahead
        looks.append(seconds)
        ahead += 3600  # as after a night

    monkeypatch.setattr(loop, "time", lambda: real() + ahead)
    with pytest.raises(TimeoutError):
        await within(0.05, asyncio.Event().wait(), on_look=look)
    assert len(looks) in (5, 6)  # the last one may be a crumb
