"""A run in which nothing moves is called stalled, given up in the end, and tried again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from desktop.engine import (
    Activity,
    Document,
    Result,
    Run,
    RuntimeFailed,
    Source,
    StorageFailed,
    Task,
    TaskId,
    TaskRevived,
    TaskStalled,
    TaskStatus,
)
from desktop.engine.stall_watch import GIVE_UP_SECONDS, STALLED_SECONDS, StallWatch
from tests.fakes.fake_clock import FakeClock
from tests.fakes.memory_reader import MemoryReader
from tests.unit.engine.conftest import DONE, QUESTION, World, forever
from tests.unit.engine.test_asking import Barrier, ask_a_long_one, ask_once


async def passed(world: World, task_id: TaskId, seconds: float) -> Task:
    """The task after that many seconds."""
    await world.settle()
    await world.clock.run_for(seconds)
    return await world.engine.task(task_id)


async def stays_in_a_step(run: Run) -> Result:
    async def work() -> str:
        await asyncio.Event().wait()
        return ""

    await run.step("work", work)
    return DONE


async def test_a_silent_run_is_called_stalled_and_its_time_left_widens(world: World) -> None:
    await world.open(stays_in_a_step)
    task_id = await world.submit()
    before = await passed(world, task_id, STALLED_SECONDS - 2)
    after = await passed(world, task_id, 4)
    later = await passed(world, task_id, 30)

    assert before.progress.stalled_seconds == 0
    assert before.progress.quiet_seconds == pytest.approx(STALLED_SECONDS - 2, abs=1)
    assert after.progress.stalled_seconds == pytest.approx(STALLED_SECONDS + 1, abs=1)
    assert before.estimate is not None
    assert after.estimate is not None
    assert later.estimate is not None
    assert after.estimate.high - after.estimate.low > before.estimate.high - before.estimate.low + 30
    assert later.estimate.high > after.estimate.high
    (stalled,) = [e.event for e in await world.engine.events(task_id) if isinstance(e.event, TaskStalled)]
    assert stalled.seconds == STALLED_SECONDS


async def test_a_run_that_moves_again_is_no_longer_stalled(world: World) -> None:
    go_on = asyncio.Event()

    async def script(run: Run) -> Result:
        async def work(item: int) -> int:
            if item == 2:
                await go_on.wait()
            if item == 3:
                await asyncio.Event().wait()
            return item

        await run.map("work", [1, 2, 3], work, width=1)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    assert (await passed(world, task_id, 20)).progress.stalled_seconds > 0
    go_on.set()
    task = await passed(world, task_id, 1)

    assert task.progress.stalled_seconds == 0
    assert (await world.happened(task_id))[-3:] == ["TaskStalled", "ItemFinished", "TaskRevived"]
    (revived,) = [e.event for e in await world.engine.events(task_id) if isinstance(e.event, TaskRevived)]
    assert revived.seconds == pytest.approx(20, abs=1)


async def test_an_attempt_without_a_sign_of_life_is_given_up_and_tried_again(world: World) -> None:
    attempts = 0

    async def script(run: Run) -> Result:
        async def work() -> str:
            nonlocal attempts
            attempts += 1
            if attempts < 3:
                await asyncio.Event().wait()
            return "worked"

        await run.step("work", work)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    task = await passed(world, task_id, 2 * GIVE_UP_SECONDS + 20)

    assert task.status is TaskStatus.COMPLETED
    assert task.progress.stalled_seconds == 0
    assert (await world.happened(task_id)).count("AttemptFailed") == 2
    assert world.model.dropped == []  # it was asked nothing


async def test_a_task_that_stalls_three_times_fails_with_what_was_kept_and_what_to_do(world: World) -> None:
    await world.open(stays_in_a_step)
    task_id = await world.submit()
    task = await passed(world, task_id, 3 * GIVE_UP_SECONDS + 20)

    assert task.status is TaskStatus.FAILED
    assert task.failure is not None
    assert task.failure.type == "WorkStalled"
    assert "Nothing moved for 5 minutes" in task.failure.message
    assert "kept" in task.failure.message
    assert task.failure.hint
    assert task.progress.stalled_seconds == task.progress.quiet_seconds == 0


@pytest.mark.expected_log("failed unexpectedly")
async def test_a_timeout_of_the_work_itself_is_no_stall(world: World) -> None:
    async def script(run: Run) -> Result:
        async def work() -> str:
            raise TimeoutError

        await run.step("work", work)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()

    assert (await world.engine.task(task_id)).failure is not None
    assert (await world.happened(task_id)).count("AttemptFailed") == 0


@pytest.mark.parametrize("pace", ["loading_pace", "reading_pace"])
async def test_a_model_that_loads_or_reads_is_no_stall_while_it_shows_life(world: World, pace: str) -> None:
    holding = Barrier()
    setattr(world.model, pace, holding)
    await world.open(ask_once)
    task_id = await world.submit()
    await world.settle()
    for _ in range(60):
        world.model.pulse += 1
        task = await passed(world, task_id, 8)

    assert task.progress.activity in (Activity.LOADING, Activity.READING)
    assert task.progress.stalled_seconds == 0
    assert task.progress.quiet_seconds > GIVE_UP_SECONDS
    holding.let_pass(100)


async def test_a_model_that_writes_nothing_is_dropped_with_the_attempt(world: World) -> None:
    writing = world.model.pace = Barrier()
    await world.open(ask_once)
    task_id = await world.submit()
    writing.let_pass()
    await world.settle()
    world.model.pulse += 1
    task = await passed(world, task_id, GIVE_UP_SECONDS - 5)
    assert task.progress.activity is Activity.WRITING
    assert task.progress.stalled_seconds > 0
    writing.let_pass(1000)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    writing = world.model.pace = Barrier()

    task_id = await world.submit()
    writing.let_pass()
    await passed(world, task_id, GIVE_UP_SECONDS + 5)
    assert world.model.dropped == ["gave no sign of work for 5 minutes"]
    assert (await world.happened(task_id)).count("AttemptFailed") == 1
    writing.let_pass(1000)


async def test_a_model_that_others_still_hear_stays(world: World) -> None:
    first_words, others = Barrier(), Barrier()
    world.model.pace = first_words
    await world.open(ask_once)
    stuck = await world.submit()
    first_words.let_pass()
    await world.settle()
    world.model.pace = others
    other = await world.submit()
    for _ in range(int(GIVE_UP_SECONDS / 5) + 2):
        others.let_pass()
        await passed(world, other, 5)
        if await world.status(other) is TaskStatus.COMPLETED:
            other = await world.submit()

    assert (await world.happened(stuck)).count("AttemptFailed") == 1
    assert world.model.dropped == []
    others.let_pass(1000)
    first_words.let_pass(1000)


async def test_work_that_does_not_let_go_is_told_once(world: World) -> None:
    told = 0

    async def script(run: Run) -> Result:
        async def work() -> str:
            nonlocal told
            while told < 2:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    told += 1
                    if told == 1:
                        await world.clock.sleep(GIVE_UP_SECONDS + 50)
                        raise
            return ""

        await run.step("work", work)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await passed(world, task_id, GIVE_UP_SECONDS + 20)
    running = world.engine._scheduler.running[0].run
    assert running is not None
    running.attempts.give_up("Again.")
    await world.settle()

    assert told == 1


@pytest.mark.parametrize("call", ["load_model", "ask", "token_ends", "read", "sources"])
async def test_what_an_agent_does_outside_of_its_steps_is_tried_again_too(world: World, call: str) -> None:
    failures = [RuntimeFailed("The runtime crashed."), RuntimeFailed("The runtime crashed.")]

    def fail_first(method: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def failing(*arguments: object) -> object:
            if failures:
                raise failures.pop()
            return await method(*arguments)

        return failing

    async def script(run: Run) -> Result:
        source = (await run.sources())[0]
        world.model.load = fail_first(world.model.load)  # type: ignore[method-assign, assignment]
        world.reader.read = fail_first(world.reader.read)  # type: ignore[method-assign, assignment]
        world.reader.sources = fail_first(world.reader.sources)  # type: ignore[method-assign, assignment]
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "load_model": run.load_model,
            "ask": lambda: run.ask(QUESTION),
            "token_ends": lambda: run.token_ends("two words"),
            "read": lambda: run.read(source),
            "sources": run.sources,
        }
        await calls[call]()
        return DONE

    await world.open(script)
    task_id = await world.submit()
    task = await passed(world, task_id, 10)

    assert task.status is TaskStatus.COMPLETED
    assert (await world.happened(task_id)).count("AttemptFailed") == 2


async def test_a_document_that_has_been_read_is_a_sign_of_life(world: World) -> None:
    class SlowReader(MemoryReader):
        async def read(self, source: Source) -> Document:
            await world.clock.sleep(8)
            return await super().read(source)

    world.reader = SlowReader()
    seen: list[float] = []

    async def script(run: Run) -> Result:
        async def work() -> str:
            (source,) = await run.sources()
            for _ in range(4):
                await run.read(source)
            return ""

        await run.step("work", work)
        return DONE

    await world.open(script)
    world.engine.subscribe(lambda update: seen.append(update.task.progress.stalled_seconds))
    task_id = await world.submit()
    task = await passed(world, task_id, 34)

    assert task.status is TaskStatus.COMPLETED
    assert set(seen) == {0.0}


@pytest.mark.expected_log("could not be recorded")
async def test_a_stall_that_can_not_be_recorded_is_shown_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open(stays_in_a_step)
    task_id = await world.submit()
    await passed(world, task_id, 5)

    async def full(*_: object) -> None:
        raise StorageFailed("The disk is full.")

    monkeypatch.setattr(world.store, "record", full)
    task = await passed(world, task_id, 10)
    monkeypatch.undo()

    assert task.progress.stalled_seconds > 0


def test_time_in_which_nothing_ran_here_is_nobodys_silence() -> None:
    clock = FakeClock()
    watch = StallWatch(clock=clock)
    watch.look(1, 1)
    clock.seconds += 3600
    watch.look(1, 1)

    assert watch.stalled == 0
    assert watch.silence <= 1
    assert watch.lost == pytest.approx(3600, abs=1)


async def test_a_machine_that_slept_has_lost_no_time(world: World) -> None:
    await world.open(stays_in_a_step)
    task_id = await world.submit()
    await passed(world, task_id, 3)
    await world.clock.advance(8 * 3600)
    after = await passed(world, task_id, 1)

    assert after.estimate is not None
    assert after.progress.seconds == pytest.approx(5, abs=1)
    assert after.estimate.seconds < 100
    assert after.progress.stalled_seconds == 0


async def test_the_machine_is_kept_awake_while_a_task_runs(world: World) -> None:
    engine = await world.open(forever)
    await world.clock.run_for(2)
    assert world.wakefulness.changes == []
    first, second = await world.submit(), await world.submit()
    await world.clock.run_for(1)
    assert world.wakefulness.changes == [True]
    await engine.pause(first)
    await world.clock.run_for(1)
    assert world.wakefulness.is_held
    await engine.cancel(second)
    await world.clock.run_for(1)
    assert world.wakefulness.changes == [True, False]


async def test_the_machine_may_sleep_once_the_engine_has_stopped(world: World) -> None:
    engine = await world.open(forever)
    await world.submit()
    await world.settle()
    await world.clock.run_for(1)
    await engine.stop()
    assert world.wakefulness.changes == [True, False]


async def test_one_long_prompt_after_another_is_told_apart(world: World) -> None:
    reading = world.model.reading_pace = Barrier()
    await world.open(ask_a_long_one)
    task_id = await world.submit()
    for _ in range(3):
        reading.let_pass()
        task = await passed(world, task_id, 8)
    assert task.progress.stalled_seconds == 0
    task = await passed(world, task_id, 8)
    assert task.progress.stalled_seconds > 0  # nobody hears anything of the model any more
    reading.let_pass(100)
