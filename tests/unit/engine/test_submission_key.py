"""A submission that is sent again with its key is the same task."""

import asyncio

import pytest

from desktop.engine import KeyReused, SubmissionKey, Task, TaskId, TaskQuery, TaskRequest
from desktop.engine.submitting import once
from tests.unit.engine.conftest import World, at_once, forever

KEY = SubmissionKey(key="order-7", fingerprint="abc")
REQUEST = TaskRequest(kind="errand", goal="fetch")


async def test_the_same_task_comes_back_as_it_stands(world: World) -> None:
    engine = await world.open(at_once)
    first = await engine.submit(REQUEST, KEY)
    await world.settle()
    again = await engine.submit(REQUEST, KEY)
    assert again == await engine.task(first.task_id)
    assert len((await engine.find(TaskQuery())).tasks) == 1


async def test_the_same_task_comes_back_after_a_restart(world: World) -> None:
    engine = await world.open(forever)
    first = await engine.submit(REQUEST, KEY)
    await engine.stop()
    engine = await world.open(forever)
    assert (await engine.submit(REQUEST, KEY)).task_id == first.task_id


async def test_another_request_with_the_same_key_is_refused(world: World) -> None:
    engine = await world.open(at_once)
    first = await engine.submit(REQUEST, KEY)
    with pytest.raises(KeyReused) as refused:
        await engine.submit(REQUEST, SubmissionKey(key="order-7", fingerprint="other"))
    assert first.task_id in refused.value.message
    assert refused.value.hint
    assert len((await engine.find(TaskQuery())).tasks) == 1


async def test_of_two_at_the_same_moment_one_is_kept(world: World) -> None:
    engine = await world.open(at_once)
    tasks = await asyncio.gather(*(engine.submit(REQUEST, KEY) for _ in range(5)))
    assert len({task.task_id for task in tasks}) == 1
    assert len((await engine.find(TaskQuery())).tasks) == 1


async def test_a_refused_submission_leaves_its_key_free(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(Exception, match="Refused"):
        await engine.submit(TaskRequest(kind="errand", goal="refuse"), KEY)
    assert (await engine.submit(REQUEST, KEY)).request == REQUEST


async def test_a_key_whose_task_went_in_that_very_moment_is_refused() -> None:
    class Forgetful:
        async def keyed(self, _key: str) -> None:
            """No task has it any more."""

    async def refuse() -> Task:
        raise KeyReused("Somebody was quicker.", hint="Try again.")

    async def look_up(_task_id: TaskId) -> Task:
        raise AssertionError("there is nothing to look up")

    with pytest.raises(KeyReused, match="quicker"):
        await once(KEY, Forgetful(), look_up, refuse)  # type: ignore[arg-type]
