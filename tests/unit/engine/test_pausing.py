"""Pausing and resuming: a task goes on where it was, and does nothing twice."""

import asyncio
from dataclasses import replace

from desktop.engine import (
    Change,
    PlannedStep,
    RecordedEvent,
    Result,
    Run,
    StepFinished,
    StepStatus,
    StorageFailed,
    TaskStatus,
    Work,
)
from tests.unit.engine.conftest import DONE, World, forever


async def test_pause_and_resume_go_on_at_the_first_unfinished_item(world: World) -> None:
    worked: list[int] = []
    heard: list[int] = []
    gate = asyncio.Event()

    async def note(item: int) -> int:
        if item == 2:
            await gate.wait()
        worked.append(item)
        return item * 10

    async def hear(result: int) -> None:
        heard.append(result)

    async def script(run: Run) -> Result:
        await run.plan([PlannedStep(name="note", title="Take notes", work=Work(seconds=4), total=4, unit="pages")])
        notes = await run.map("note", [0, 1, 2, 3], note, width=1, on_result=hear)
        return replace(DONE, summary=str(notes))

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    paused = await engine.pause(task_id)
    assert paused.status is TaskStatus.PAUSED
    assert paused.progress.steps[0].done == 2
    assert (await engine.pause(task_id)).status is TaskStatus.PAUSED
    gate.set()
    await engine.resume(task_id)
    await world.settle()
    task = await engine.task(task_id)
    assert task.result is not None
    assert task.result.summary == "[0, 10, 20, 30]"
    assert worked == [0, 1, 2, 3]
    assert heard == [0, 10, 0, 10, 20, 30]  # and once more what was remembered


async def test_resuming_what_runs_changes_nothing(world: World) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    assert (await engine.resume(task_id)).status is TaskStatus.RUNNING
    assert (await engine.retry(task_id)).run == 1


async def test_a_finished_map_is_not_begun_again(world: World) -> None:
    worked: list[int] = []
    stuck = [True]

    async def note(item: int) -> int:
        worked.append(item)
        return item

    async def write() -> str:
        if stuck[0]:
            await asyncio.Event().wait()
        return "written"

    async def script(run: Run) -> Result:
        notes = await run.map("note", [1, 2], note, width=2)
        return replace(DONE, summary=await run.step("write", write) + str(notes))

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await engine.pause(task_id)
    stuck[0] = False
    await engine.resume(task_id)
    await world.settle()
    assert worked == [1, 2]
    result = (await engine.task(task_id)).result
    assert result is not None
    assert result.summary == "written[1, 2]"
    assert (await world.happened(task_id)).count("StepStarted") == 3


async def test_what_is_finished_when_a_task_is_paused_is_kept_and_not_done_again(world: World) -> None:
    write, go_on, done = world.store.record, asyncio.Event(), []

    async def slow(change: Change) -> tuple[RecordedEvent, ...]:
        if change.entry is not None:
            await go_on.wait()
        return await write(change)

    async def work(item: int) -> int:
        done.append(item)
        return item

    async def script(run: Run) -> Result:
        await run.map("work", [1, 2], work, width=2)
        return DONE

    world.store.record = slow  # type: ignore[method-assign]
    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    pausing = asyncio.create_task(engine.pause(task_id))
    await world.settle()
    go_on.set()
    assert (await pausing).status is TaskStatus.PAUSED
    await engine.resume(task_id)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert done == [1, 2]


async def test_a_map_whose_last_item_was_the_last_thing_kept_is_finished_after_all(world: World) -> None:
    write = world.store.record
    worked: list[int] = []
    stuck = [True]
    go_on = asyncio.Event()

    async def note(item: int) -> int:
        worked.append(item)
        return item

    async def dies_before_the_end_of_the_step(change):  # type: ignore[no-untyped-def]
        if any(isinstance(event, StepFinished) for event in change.events) and stuck[0]:
            await go_on.wait()
            raise StorageFailed("The disk is full.", hint="Make room.")
        return await write(change)

    async def script(run: Run) -> Result:
        await run.map("note", [1, 2], note, width=2)
        return DONE

    world.store.record = dies_before_the_end_of_the_step  # type: ignore[method-assign]
    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    pausing = asyncio.create_task(engine.pause(task_id))
    await world.settle()
    go_on.set()
    assert (await pausing).status is TaskStatus.PAUSED
    stuck[0] = False
    await engine.resume(task_id)
    await world.settle()
    task = await engine.task(task_id)
    assert worked == [1, 2]
    assert task.progress.steps[-1].status is StepStatus.DONE
    assert (await world.happened(task_id)).count("StepFinished") == 1


async def test_a_planned_step_that_turns_out_to_have_no_items_is_done(world: World) -> None:
    async def note(item: int) -> int:
        raise AssertionError(item)

    async def script(run: Run) -> Result:
        await run.plan([PlannedStep(name="note", title="Take notes", work=Work(seconds=4), total=4, unit="pages")])
        assert await run.map("note", [], note) == []
        return DONE

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    (step,) = (await engine.task(task_id)).progress.steps
    assert (step.status, step.done, step.total) == (StepStatus.DONE, 0, 0)
    assert world.model.loads == 0


async def test_a_task_that_is_put_in_line_twice_in_one_moment_runs_once(world: World) -> None:
    runs: list[int] = []

    async def script(run: Run) -> Result:
        runs.append(1)
        return DONE

    engine = await world.open(script, max_running=1)
    engine._scheduler.max_running = 0
    task_id = await world.submit()
    await engine.pause(task_id)
    engine._scheduler.max_running = 1
    await asyncio.gather(engine.resume(task_id), engine.pause(task_id), engine.resume(task_id))
    await world.settle()
    assert (await world.status(task_id), len(runs)) == (TaskStatus.COMPLETED, 1)
    assert engine._scheduler.next_in_line(1) == []
    await world.submit()
    await world.settle()
    assert len(runs) == 2


async def test_a_task_that_is_stopped_while_its_start_is_written_was_started(world: World) -> None:
    write, go_on = world.store.record, asyncio.Event()

    async def slow(change: Change) -> tuple[RecordedEvent, ...]:
        if change.task.status is TaskStatus.RUNNING:
            await go_on.wait()
        return await write(change)

    world.store.record = slow  # type: ignore[method-assign]
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    pausing = asyncio.create_task(engine.pause(task_id))
    await world.settle()
    go_on.set()
    await pausing
    assert await world.happened(task_id) == ["TaskSubmitted", "TaskStarted", "TaskPaused"]
