"""Cancel, pause, resume, retry, and going on after the end of the program."""

import asyncio
from dataclasses import replace

import pytest

from desktop.engine import (
    CannotComplete,
    Change,
    ForbiddenTransition,
    PlannedStep,
    RecordedEvent,
    Result,
    Run,
    RunNumber,
    StepFinished,
    StepStatus,
    StorageFailed,
    Task,
    TaskId,
    TaskStatus,
    Work,
)
from desktop.engine.scheduler import Scheduler
from tests.unit.engine.conftest import DONE, QUESTION, World, at_once, forever


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
