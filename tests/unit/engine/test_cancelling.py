"""A cancel may come at any moment: it holds, it is recorded once, and the model is free."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from desktop.engine import (
    CannotComplete,
    Change,
    ForbiddenTransition,
    RecordedEvent,
    Result,
    Run,
    RuntimeFailed,
    StorageFailed,
    TaskId,
    TaskStatus,
)
from desktop.engine.scheduler import Scheduler
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.unit.engine.conftest import DONE, QUESTION, World, at_once, forever

ENDED = {"TaskCancelled", "TaskPaused", "TaskCompleted", "TaskFailed"}


async def ask_twice(run: Run) -> Result:
    """Two items that ask the model, one after the other."""

    async def ask(number: int) -> str:
        return (await run.ask(QUESTION)).text

    return replace(DONE, summary=str(await run.map("ask", [1, 2], ask, width=1)))


async def stuck() -> None:
    await asyncio.Event().wait()


async def assert_cancelled(world: World, task_id: TaskId) -> None:
    """It is cancelled, on disk too, once; the model is free; and it stays so in this and in the next engine."""
    assert await world.status(task_id) is TaskStatus.CANCELLED
    assert (await world.store.task(task_id)).status is TaskStatus.CANCELLED
    assert world.model.running == 0
    await world.clock.advance(100)
    await world.engine.stop()
    await world.open(forever)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.CANCELLED
    assert [name for name in await world.happened(task_id) if name in ENDED] == ["TaskCancelled"]


@pytest.mark.parametrize("held", ["loading_pace", "reading_pace", "pace"])
async def test_while_the_model_is_loaded_reads_or_writes(world: World, held: str) -> None:
    world.model = ScriptedModel(**{held: stuck})
    await world.open(ask_twice, models=ScriptedModels(world.model))
    task_id = await world.submit()
    await world.settle()
    assert world.model.loads == 1
    await world.engine.cancel(task_id)
    await assert_cancelled(world, task_id)


async def test_while_it_waits_for_the_next_attempt(world: World) -> None:
    async def fails(run: Run) -> Result:
        async def ask() -> str:
            raise RuntimeFailed("The runtime crashed.", hint="Wait.")

        return replace(DONE, summary=await run.step("ask", ask))

    await world.open(fails)
    task_id = await world.submit()
    await world.settle()
    assert "AttemptFailed" in await world.happened(task_id)
    await world.engine.cancel(task_id)
    await assert_cancelled(world, task_id)


async def test_while_a_finished_item_is_written_which_is_kept(world: World) -> None:
    write, writing, go_on = world.store.record, asyncio.Event(), asyncio.Event()

    async def slow(change: Change) -> tuple[RecordedEvent, ...]:
        if change.entry is not None:
            writing.set()
            await go_on.wait()
        return await write(change)

    world.store.record = slow  # type: ignore[method-assign]
    await world.open(ask_twice)
    task_id = await world.submit()
    await asyncio.wait_for(writing.wait(), 5)
    cancelling = asyncio.create_task(world.engine.cancel(task_id))
    await world.settle()
    go_on.set()
    assert (await cancelling).progress.steps[-1].done == 1
    assert len(await world.store.journal(task_id, (await world.store.task(task_id)).run)) == 1
    assert (await world.happened(task_id)).count("ItemFinished") == 1
    await assert_cancelled(world, task_id)


async def test_while_the_cancel_before_is_being_written(world: World) -> None:
    write, go_on = world.store.record, asyncio.Event()

    async def slow(change: Change) -> tuple[RecordedEvent, ...]:
        if change.task.status is TaskStatus.CANCELLED:
            await go_on.wait()
        return await write(change)

    world.store.record = slow  # type: ignore[method-assign]
    await world.open(ask_twice)
    world.model.pace = stuck
    task_id = await world.submit()
    await world.settle()
    cancelling = [asyncio.create_task(world.engine.cancel(task_id)) for _ in range(3)]
    await world.settle()
    cancelling += [asyncio.create_task(world.engine.cancel(task_id)) for _ in range(3)]
    await world.settle()
    go_on.set()
    assert {task.status for task in await asyncio.gather(*cancelling)} == {TaskStatus.CANCELLED}
    await assert_cancelled(world, task_id)


async def test_together_with_a_failure_the_person_s_word_holds(world: World) -> None:
    write, go_on = world.store.record, asyncio.Event()

    async def full(change: Change) -> tuple[RecordedEvent, ...]:
        if change.entry is not None:
            await go_on.wait()
            raise StorageFailed("The disk is full.", hint="Make room.")
        return await write(change)

    world.store.record = full  # type: ignore[method-assign]
    await world.open(ask_twice)
    task_id = await world.submit()
    await world.settle()
    cancelling = asyncio.create_task(world.engine.cancel(task_id))
    await world.settle()
    go_on.set()
    await cancelling
    await assert_cancelled(world, task_id)


@pytest.mark.parametrize("order", ["pause first", "cancel first"])
async def test_of_a_pause_and_a_cancel_in_the_same_moment_the_cancel_holds(world: World, order: str) -> None:
    await world.open(ask_twice)
    world.model.pace = stuck
    task_id = await world.submit()
    await world.settle()
    acts = [world.engine.pause, world.engine.cancel]
    answers = await asyncio.gather(
        *(act(task_id) for act in (acts if order == "pause first" else acts[::-1])), return_exceptions=True
    )
    assert any(not isinstance(answer, BaseException) for answer in answers)
    await assert_cancelled(world, task_id)


async def turns_until_the_end(script: Callable[[Run], Awaitable[Result]]) -> int:
    """How many turns of the loop the script's task takes."""
    world = World()
    await world.open(script)
    task_id = await world.submit()
    turns = 0
    while await world.status(task_id) is not TaskStatus.COMPLETED:
        await asyncio.sleep(0)
        turns += 1
    await world.engine.stop()
    return turns


async def test_at_every_single_turn_of_the_loop_from_the_first_to_the_one_with_the_end() -> None:
    turns = await turns_until_the_end(ask_twice)
    assert turns > 30
    ends: list[TaskStatus] = []
    for turn in range(turns + 3):
        world = World()
        await world.open(ask_twice)
        task_id = await world.submit()
        for _ in range(turn):
            await asyncio.sleep(0)
        try:
            ends.append((await world.engine.cancel(task_id)).status)
        except ForbiddenTransition:
            ends.append(TaskStatus.COMPLETED)
        assert world.model.running == 0
        await world.settle()
        assert (await world.store.task(task_id)).status is ends[-1]
        events = await world.store.events(task_id)
        assert [each.number for each in events] == list(range(1, len(events) + 1))
        assert len([name for name in await world.happened(task_id) if name in ENDED]) == 1
        await world.engine.stop()
    assert ends == sorted(ends)  # first all are cancelled, then all are completed
    assert {*ends} == {TaskStatus.CANCELLED, TaskStatus.COMPLETED}


async def test_a_failure_in_the_moment_of_a_cancel_is_a_cancel(world: World) -> None:
    async def script(run: Run) -> Result:
        try:
            return await forever(run)
        except asyncio.CancelledError:
            raise CannotComplete("The pen broke.", hint="Take another.") from None

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await engine.cancel(task_id)
    await assert_cancelled(world, task_id)


async def test_cancelling_a_running_task_frees_its_slot_and_keeps_the_draft(world: World) -> None:
    started = asyncio.Event()

    async def never() -> None:
        started.set()
        await asyncio.Event().wait()

    world.model.pace = never

    async def asking(run: Run) -> Result:
        await run.show_draft("So far: the sea.")
        await run.step("work", ask_once)
        return DONE

    async def ask_once() -> str:
        return (await world.running_run.ask(QUESTION)).text

    async def script(run: Run) -> Result:
        world.running_run = run
        return await asking(run)

    await world.open(script)
    task_id = await world.submit()
    await asyncio.wait_for(started.wait(), 5)
    assert world.model.running == 1
    task = await world.engine.cancel(task_id)
    assert world.model.running == 0
    assert task.status is TaskStatus.CANCELLED
    assert (await world.store.task(task_id)).draft == "So far: the sea."
    assert (await world.engine.cancel(task_id)).status is TaskStatus.CANCELLED
    assert world.notices.tasks == []


async def test_cancelling_a_queued_or_paused_task_ends_it(world: World) -> None:
    await world.open(forever, max_running=1)
    await world.submit()
    queued, paused = await world.submit(), await world.submit()
    await world.engine.pause(paused)
    await world.engine.cancel(queued)
    await world.engine.cancel(paused)
    assert await world.happened(queued) == ["TaskSubmitted", "TaskCancelled"]
    assert await world.happened(paused) == ["TaskSubmitted", "TaskPaused", "TaskCancelled"]


async def test_a_task_that_is_cancelled_while_its_resumption_is_written_does_not_run(world: World) -> None:
    engine = await world.open(forever, max_running=1)
    await world.submit()
    task_id = await world.submit()
    await engine.pause(task_id)
    write, go_on, one_by_one = world.store.record, asyncio.Event(), asyncio.Lock()

    async def slow(change):  # type: ignore[no-untyped-def]
        async with one_by_one:
            await go_on.wait()
            return await write(change)

    world.store.record = slow  # type: ignore[method-assign]
    resuming = asyncio.create_task(engine.resume(task_id))
    await world.settle()
    cancelling = asyncio.create_task(engine.cancel(task_id))
    await world.settle()
    go_on.set()
    await asyncio.gather(resuming, cancelling)
    assert engine._scheduler.next_in_line(1) == []
    assert await world.status(task_id) is TaskStatus.CANCELLED


async def test_a_task_that_has_ended_can_be_neither_cancelled_nor_paused_nor_resumed(world: World) -> None:
    engine = await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    for act in (engine.cancel, engine.pause, engine.resume):
        with pytest.raises(ForbiddenTransition, match="completed"):
            await act(task_id)
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_a_cancel_that_comes_with_the_end_does_not_flip_it(world: World) -> None:
    write = world.store.record
    ending, go_on = asyncio.Event(), asyncio.Event()

    async def slow_end(change):  # type: ignore[no-untyped-def]
        if change.task.status is TaskStatus.COMPLETED:
            ending.set()
            await go_on.wait()
        return await write(change)

    world.store.record = slow_end  # type: ignore[method-assign]
    engine = await world.open(at_once)
    task_id = await world.submit()
    await asyncio.wait_for(ending.wait(), 5)
    run = engine._scheduler._running[task_id][1]
    run.cancel()
    await world.settle()
    go_on.set()
    await world.settle()
    assert (await world.store.task(task_id)).status is TaskStatus.COMPLETED


async def test_a_cancel_that_loses_the_race_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await world.open(forever)
    task_id = await world.submit()
    await world.settle()
    live = engine._live[task_id]

    async def ends_by_itself(scheduler: Scheduler, task: TaskId, reason: object) -> bool:
        await live.move(TaskStatus.COMPLETED)
        return True

    with monkeypatch.context() as patch:
        patch.setattr(Scheduler, "stop", ends_by_itself)
        with pytest.raises(ForbiddenTransition):
            await engine.cancel(task_id)
    live.task = replace(live.task, status=TaskStatus.RUNNING)


async def test_two_stops_at_the_end_do_not_tear_its_last_write(world: World) -> None:
    write = world.store.record
    ending, go_on = asyncio.Event(), asyncio.Event()

    async def slow_end(change):  # type: ignore[no-untyped-def]
        if change.task.status is TaskStatus.COMPLETED:
            ending.set()
            await go_on.wait()
        return await write(change)

    world.store.record = slow_end  # type: ignore[method-assign]
    engine = await world.open(at_once)
    task_id = await world.submit()
    await asyncio.wait_for(ending.wait(), 5)
    run = engine._scheduler._running[task_id][1]
    for _ in range(2):
        run.cancel()
        await world.settle()
    go_on.set()
    await world.settle()
    assert (await world.store.task(task_id)).status is TaskStatus.COMPLETED


async def test_cancelling_before_the_journal_is_read_works_too(world: World) -> None:
    engine = await world.open(at_once)
    read = asyncio.Event()

    async def slow_journal(task_id: TaskId, run: int) -> tuple[()]:
        await read.wait()
        return ()

    world.store.journal = slow_journal  # type: ignore[method-assign,assignment]
    first, second, third = await world.submit(), await world.submit(), await world.submit()
    await world.clock.advance(1)
    assert (await engine.cancel(first)).status is TaskStatus.CANCELLED
    assert (await engine.pause(second)).status is TaskStatus.PAUSED
    await engine.stop()
    assert (await world.store.task(third)).status is TaskStatus.QUEUED
