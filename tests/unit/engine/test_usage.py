"""What a run used stands with the task: on what it ran, what it read and wrote, how fast, and with how much memory."""

import asyncio
from dataclasses import replace

from desktop.engine import Activity, Result, Run, Task, TaskStatus, Usage
from desktop.engine.inference import LoadedModel, PromptRead
from desktop.engine.model_call import ItemInFlight
from desktop.engine.progress import ProgressTracker
from desktop.engine.usage_meter import UsageMeter
from tests.fakes.fake_clock import FakeClock
from tests.fakes.scripted_model import HELD, prompt_tokens
from tests.unit.engine.conftest import DONE, QUESTION, World, forever

COST = prompt_tokens(QUESTION)
WRITTEN = 5  # tokens of the echo
CARD = LoadedModel(
    name="scripted",
    context_tokens=4096,
    slots=4,
    device="Test Card",
    gpu_layers=33,
    layers=33,
    runtime="llama-server",
    gpu_memory=5 * 2**30,
    gpu_total=12 * 2**30,
)
PROCESSOR = replace(CARD, device="CPU, 2 threads", gpu_layers=0, gpu_memory=0, gpu_total=0, reason="The card is gone.")


async def ask_twice(run: Run) -> Result:
    for _ in range(2):
        await run.ask(QUESTION)
    return DONE


async def ended(world: World, run: object = ask_twice) -> Task:
    await world.open(run)  # type: ignore[arg-type]
    task_id = await world.submit()
    await world.settle()
    return await world.engine.task(task_id)


async def test_a_finished_task_says_what_it_used(world: World) -> None:
    usage = (await ended(world)).usage

    assert usage.ran_on == (world.model.loaded,)
    assert (usage.prompt_tokens, usage.cached_tokens) == (2 * COST, 0)
    assert usage.output_tokens == 2 * WRITTEN
    assert usage.peak_memory == HELD


async def test_a_task_that_asks_no_model_says_nothing(world: World) -> None:
    async def think(run: Run) -> Result:
        return DONE

    assert (await ended(world, think)).usage == Usage()


async def test_speed_is_what_was_written_over_the_time_it_took(world: World) -> None:
    async def second() -> None:
        await world.clock.sleep(1.0)

    world.model.pace = world.model.reading_pace = second
    await world.open(ask_twice)
    task_id = await world.submit()
    await world.settle()
    for _ in range(40):
        await world.clock.advance(1.0)
    task = await world.engine.task(task_id)

    assert task.status is TaskStatus.COMPLETED
    assert task.usage.reading_seconds == 2 * 3  # two reports of how much is read, and the first piece of text
    assert task.usage.writing_seconds == 2 * (WRITTEN - 1)
    assert task.usage.tokens_per_second == WRITTEN / (WRITTEN - 1)
    assert task.usage.prompt_tokens_per_second == COST / 3


async def test_a_run_that_went_on_after_a_kill_adds_up_and_tells_both_places(world: World) -> None:
    asked = 0

    async def ask_and_wait(run: Run) -> Result:
        nonlocal asked

        async def ask() -> str:
            nonlocal asked
            asked += 1
            return (await run.ask(QUESTION)).text

        await run.step("first", ask)
        if asked == 1:
            asked += 1
            await asyncio.Event().wait()
        await run.step("second", ask)
        return DONE

    world.model.loaded = CARD
    await world.open(ask_and_wait)
    task_id = await world.submit()
    await world.settle()
    recorded = await world.store.task(task_id)
    assert (recorded.status, recorded.usage.output_tokens) == (TaskStatus.RUNNING, WRITTEN)

    killed = world.engine
    world.model.loaded, world.model.memory = PROCESSOR, 2 * HELD
    await world.open(ask_and_wait)
    await world.settle()
    usage = (await world.engine.task(task_id)).usage
    await killed.stop()

    assert usage.ran_on == (CARD, PROCESSOR)
    assert (usage.prompt_tokens, usage.output_tokens) == (2 * COST, 2 * WRITTEN)
    assert usage.peak_memory == 2 * HELD


async def test_a_new_run_begins_at_nothing_and_the_old_one_keeps_what_it_used(world: World) -> None:
    done = await ended(world)
    world.model.pace = asyncio.Event().wait  # type: ignore[assignment]
    await world.engine.retry(done.task_id)
    await world.settle()

    assert (await world.engine.task(done.task_id)).usage.output_tokens == 0
    (earlier,) = await world.engine.past_runs(done.task_id)
    assert earlier.usage == done.usage


async def test_what_was_heard_of_an_answer_that_was_given_up_counts(world: World) -> None:
    async def ask(run: Run) -> Result:
        await run.ask(QUESTION)
        return DONE

    pieces = 0

    async def stop_after_three() -> None:
        nonlocal pieces
        pieces += 1
        if pieces > 3:
            await asyncio.Event().wait()

    world.model.pace = stop_after_three
    await world.open(ask)
    task_id = await world.submit()
    await world.settle()
    await world.engine.cancel(task_id)
    usage = (await world.store.task(task_id)).usage

    assert usage.prompt_tokens == COST
    assert 1 <= usage.output_tokens <= 5


async def test_memory_is_watched_while_the_model_works_for_the_run_and_not_else(world: World) -> None:
    async def ask(run: Run) -> Result:
        await run.ask(QUESTION)
        return DONE

    world.model.pace = asyncio.Event().wait  # type: ignore[assignment]
    await world.open(ask)
    asking = await world.submit()
    await world.settle()
    world.model.memory = 7 * HELD
    await world.clock.advance(1.0)
    assert (await world.engine.task(asking)).usage.peak_memory == 7 * HELD

    await world.engine.stop()
    await world.open(forever)
    idle = await world.submit()
    await world.clock.advance(1.0)
    assert (await world.engine.task(idle)).usage.peak_memory == 0


def test_the_same_way_of_loading_is_told_once_with_its_latest_words() -> None:
    meter = UsageMeter(clock=FakeClock())
    again = replace(CARD, fit="5.2 of 12 GB", gpu_memory=6 * 2**30, reason="still the best")
    for loaded in (CARD, PROCESSOR, again):
        meter.load(loaded)

    assert meter.usage().ran_on == (PROCESSOR, again)


async def test_seconds_of_answers_side_by_side_count_once() -> None:
    clock = FakeClock()
    tracker = ProgressTracker(clock=clock, model_size=1000)
    with tracker.call(ItemInFlight()) as first, tracker.call(ItemInFlight()) as second:
        first.begin()
        await clock.advance(1.0)
        second.begin()
        first.hear("word")
        await clock.advance(2.0)
        second.hear(PromptRead(tokens=30, cached=20, total=40))
        second.hear("word")
        await clock.advance(4.0)
        seen = tracker.usage.usage()
    await clock.advance(100.0)

    assert (seen.reading_seconds, seen.writing_seconds) == (3.0, 6.0)
    assert replace(tracker.usage.usage(), output_tokens=0) == replace(seen, output_tokens=0)
    assert (seen.prompt_tokens, seen.cached_tokens, seen.output_tokens) == (30, 20, 2)
    assert first.activity is Activity.NONE


def test_nothing_has_no_speed() -> None:
    assert (Usage().tokens_per_second, Usage().prompt_tokens_per_second) == (0.0, 0.0)
