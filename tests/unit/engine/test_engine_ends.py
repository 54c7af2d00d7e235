"""The end of an engine, or of its process, and the start after it."""

import asyncio
from dataclasses import replace

import pytest

from desktop.engine import (
    Change,
    Result,
    Run,
    RunNumber,
    Task,
    TaskId,
    TaskStatus,
)
from tests.unit.engine.conftest import DONE, World, at_once, forever


async def test_what_ran_when_the_engine_stopped_goes_on_at_the_next_start(world: World) -> None:
    worked: list[str] = []
    stuck = [True]

    async def read() -> str:
        worked.append("read")
        return "text"

    async def write(text: str) -> str:
        if stuck[0]:
            await asyncio.Event().wait()
        worked.append("write")
        return text.upper()

    async def script(run: Run) -> Result:
        return replace(DONE, summary=await run.step("write", write, await run.step("read", read)))

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.engine.stop()
    assert (await world.store.task(task_id)).status is TaskStatus.QUEUED
    stuck[0] = False
    await world.open(script)
    await world.settle()
    task = await world.engine.task(task_id)
    assert task.result is not None
    assert task.result.summary == "TEXT"
    assert worked == ["read", "write"]
    assert "Interrupted" in await world.happened(task_id)


async def test_what_ran_when_the_process_died_goes_on_at_the_next_start(world: World) -> None:
    engine = await world.open(forever)
    running, paused = await world.submit(), await world.submit()
    await engine.pause(paused)
    await world.settle()
    died = replace(await world.store.task(running), status=TaskStatus.RUNNING)
    await engine.stop()
    await world.store.record(Change(task=died))  # as a kill would have left it
    await world.open(at_once)
    await world.settle()
    assert await world.status(running) is TaskStatus.COMPLETED
    assert await world.status(paused) is TaskStatus.PAUSED


async def test_half_written_files_of_an_interrupted_run_are_removed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[tuple[TaskId, RunNumber]] = []

    async def tidy(task_id: TaskId, run: RunNumber) -> None:
        tidied.append((task_id, run))

    monkeypatch.setattr(world.files, "tidy", tidy)
    await world.open(forever, max_running=1)
    running, _ = await world.submit(), await world.submit()
    await world.settle()
    task = await world.store.task(running)
    await world.engine.stop()
    await world.store.record(Change(task=replace(task, status=TaskStatus.RUNNING)))  # as it is after kill -9
    await world.open(forever)
    assert tidied == [(running, 1)]


async def test_a_task_of_a_kind_that_is_gone_fails_and_is_kept(world: World) -> None:
    engine = await world.open(at_once, max_running=1)
    engine._scheduler.max_running = 0
    task_id = await world.submit()
    engine._agents.clear()
    engine._scheduler.max_running = 1
    engine._scheduler._fill()
    await world.settle()
    failure = (await engine.task(task_id)).failure
    assert failure is not None
    assert "errand" in failure.message


async def test_an_engine_that_ends_lets_a_notice_arrive_first(world: World) -> None:
    arrive = world.notices.notify

    async def slowly(task: Task) -> None:
        await world.clock.pass_on()
        await arrive(task)

    world.notices.notify = slowly  # type: ignore[method-assign]
    engine = await world.open(at_once)
    ended = asyncio.Event()
    engine.subscribe(lambda update: ended.set() if update.task.status is TaskStatus.COMPLETED else None)
    await world.submit()
    await ended.wait()
    await engine.stop()
    assert len(world.notices.tasks) == 1


async def test_a_notice_that_never_arrives_keeps_no_engine_from_ending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = asyncio.Event()

    async def never(task: Task) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    monkeypatch.setattr("desktop.engine.engine.NOTIFYING_SECONDS", 0.01)
    world.notices.notify = never  # type: ignore[method-assign]
    engine = await world.open(at_once)
    await world.submit()
    await world.settle()
    await engine.stop()
    assert given_up.is_set()
