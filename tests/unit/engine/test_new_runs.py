"""A retry is a new run of the same task."""

import asyncio

import pytest

from desktop.engine import (
    CannotComplete,
    Change,
    Result,
    Run,
    StorageFailed,
    Task,
    TaskId,
    TaskStatus,
)
from tests.unit.engine.conftest import DONE, World, at_once


async def test_a_retry_is_a_new_run_and_the_old_one_stays_readable(world: World) -> None:
    runs: list[int] = []

    async def script(run: Run) -> Result:
        runs.append(1)
        if len(runs) == 1:
            raise CannotComplete("Not this time.", hint="Retry.")
        return DONE

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    again = await engine.retry(task_id)
    assert again.run == 2
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    (old,) = await engine.past_runs(task_id)
    assert old.status is TaskStatus.FAILED


async def test_two_retries_in_the_same_moment_make_one_run(world: World) -> None:
    runs: list[int] = []

    async def script(run: Run) -> Result:
        runs.append(1)
        raise CannotComplete("Not this time.", hint="Retry.")

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    read = world.store.task

    async def slow_read(task_id: TaskId) -> Task:
        found = await read(task_id)
        await asyncio.sleep(0)
        return found

    world.store.task = slow_read  # type: ignore[method-assign]
    first, second = await asyncio.gather(engine.retry(task_id), engine.retry(task_id))
    await world.settle()
    assert first.run == second.run == 2
    assert len(runs) == 2
    assert (await world.happened(task_id)).count("TaskRetried") == 1


async def test_a_retry_that_could_not_be_kept_leaves_the_task_as_it_was(world: World) -> None:
    engine = await world.open(at_once)
    task_id = await world.submit()
    await world.settle()

    async def full(change: Change) -> tuple[()]:
        raise StorageFailed("The disk is full.", hint="Make room.")

    write, world.store.record = world.store.record, full  # type: ignore[method-assign]
    with pytest.raises(StorageFailed):
        await engine.retry(task_id)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    world.store.record = write  # type: ignore[method-assign]
    assert (await engine.retry(task_id)).run == 2
