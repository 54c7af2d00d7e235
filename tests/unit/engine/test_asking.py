"""What is seen of a run while the model is loaded, busy with others, reads or writes."""

import asyncio

from desktop.engine import (
    Activity,
    Message,
    PlannedStep,
    Progress,
    Prompt,
    Result,
    Role,
    Run,
    RuntimeFailed,
    Task,
    TaskId,
    TaskStatus,
    Work,
)
from tests.fakes.scripted_model import READ_AT_ONCE, ScriptedModel, prompt_tokens
from tests.unit.engine.conftest import DONE, QUESTION, World

LONG = Prompt(messages=(Message(role=Role.USER, content="word " * 3 * READ_AT_ONCE),), max_tokens=50)
PULSE = 0.25


class Barrier:
    """A pace that a test lets pass once at a time."""

    def __init__(self) -> None:
        self._permits = asyncio.Semaphore(0)

    async def __call__(self) -> None:
        await self._permits.acquire()

    def let_pass(self, times: int = 1) -> None:
        for _ in range(times):
            self._permits.release()

    async def hold(self) -> None:
        """Let nobody pass any more, though more were to."""
        while not self._permits.locked():
            await self._permits.acquire()


async def ask_once(run: Run, prompt: Prompt = QUESTION) -> Result:
    async def work() -> str:
        return (await run.ask(prompt)).text

    output = len(QUESTION.messages[0].content.split())
    await run.plan([PlannedStep(name="work", title="Work", work=Work(prompt_tokens=1600, output_tokens=output))])
    await run.step("work", work)
    return DONE


async def ask_a_long_one(run: Run) -> Result:
    return await ask_once(run, LONG)


async def after_a_pulse(world: World, task_id: TaskId) -> Task:
    await world.settle()
    await world.clock.advance(PULSE)
    return await world.engine.task(task_id)


async def test_a_prompt_that_is_being_read_moves_the_bar_and_the_time_left(world: World) -> None:
    reading = world.model.reading_pace = Barrier()
    await world.open(ask_a_long_one)
    task_id = await world.submit()
    reading.let_pass()  # nothing is read yet
    seen = [await after_a_pulse(world, task_id)]
    for _ in range(prompt_tokens(LONG) // READ_AT_ONCE):
        reading.let_pass()
        seen.append(await after_a_pulse(world, task_id))

    assert {task.progress.activity for task in seen} == {Activity.READING}
    fractions = [task.progress.fraction for task in seen]
    assert fractions[0] == 0
    assert len(set(fractions)) == len(seen)
    assert fractions == sorted(fractions)
    left = [task.estimate.seconds for task in seen if task.estimate]
    assert left == sorted(left, reverse=True)
    reading.let_pass()


async def test_a_step_without_items_moves_while_the_model_writes(world: World) -> None:
    writing = world.model.pace = Barrier()
    await world.open(ask_once)
    task_id = await world.submit()
    writing.let_pass()
    begun = (await after_a_pulse(world, task_id)).progress
    writing.let_pass(2)
    further = (await after_a_pulse(world, task_id)).progress

    assert begun.activity is further.activity is Activity.WRITING
    assert 0 < begun.fraction < further.fraction < 1
    writing.let_pass(100)


async def test_a_task_behind_the_questions_of_another_waits_for_the_model(world: World) -> None:
    world.model = ScriptedModel(slots=1)
    reading, writing = Barrier(), Barrier()
    world.model.reading_pace, world.model.pace = reading, writing
    await world.open(ask_once)
    first, second = await world.submit(), await world.submit()

    async def activities() -> list[Activity]:
        return [(await after_a_pulse(world, task_id)).progress.activity for task_id in (first, second)]

    assert await activities() == [Activity.READING, Activity.WAITING]
    reading.let_pass(2)
    writing.let_pass()
    assert await activities() == [Activity.WRITING, Activity.WAITING]
    writing.let_pass(100)
    assert (await activities())[1] is Activity.READING
    reading.let_pass(2)


async def test_a_task_that_writes_waits_while_the_model_reads_for_another(world: World) -> None:
    reading, writing = Barrier(), Barrier()
    world.model.reading_pace, world.model.pace = reading, writing
    await world.open(ask_once)
    first = await world.submit()
    reading.let_pass(2)
    writing.let_pass()
    assert (await after_a_pulse(world, first)).progress.activity is Activity.WRITING
    await world.submit()
    assert (await after_a_pulse(world, first)).progress.activity is Activity.WAITING
    reading.let_pass(2)
    writing.let_pass(100)


async def test_loading_the_model_is_no_work_of_the_step_that_waits_for_it(world: World) -> None:
    loading = world.model.loading_pace = Barrier()

    async def script(run: Run) -> Result:
        async def work() -> int:
            await world.clock.sleep(2)
            return len(await run.token_ends("two words"))

        await run.step("work", work)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.clock.advance(2)
    before = await after_a_pulse(world, task_id)
    await world.clock.advance(600)
    after = await after_a_pulse(world, task_id)
    loading.let_pass()
    await world.settle()
    done = await world.engine.task(task_id)

    assert before.progress.activity is after.progress.activity is Activity.LOADING
    assert before.estimate == after.estimate
    assert done.status is TaskStatus.COMPLETED
    assert done.progress.steps[0].seconds == 2
    assert done.progress.activity is Activity.NONE


async def test_what_a_failed_attempt_had_heard_counts_no_more(world: World) -> None:
    crashes = [RuntimeFailed("The runtime crashed.")]
    seen: list[Progress] = []

    async def script(run: Run) -> Result:
        async def work(item: int) -> str:
            await run.ask(QUESTION)
            if crashes:
                raise crashes.pop()
            await world.clock.sleep(PULSE)
            return "worked"

        await run.plan([PlannedStep(name="work", title="Work", work=Work(output_tokens=40), total=2)])
        await run.map("work", [1, 2], work, width=1)
        return DONE

    await world.open(script)
    world.engine.subscribe(lambda update: seen.append(update.task.progress))
    task_id = await world.submit()
    await world.settle()
    running = world.engine._scheduler.running[0].run
    assert running is not None
    assert running.tracker.fractions() == [0]
    await world.clock.advance(1)
    assert 0 < running.tracker.fractions()[0] < 0.5
    for _ in range(4):
        await world.clock.advance(PULSE)

    assert await world.status(task_id) is TaskStatus.COMPLETED
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
