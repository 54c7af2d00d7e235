"""What happens while a task runs, and how long it takes."""

from dataclasses import replace

import pytest

from desktop.engine import (
    AttemptFailed,
    CannotComplete,
    PlannedStep,
    Result,
    Run,
    RuntimeFailed,
    StepStatus,
    TaskFailed,
    TaskRequest,
    TaskStatus,
    Verdict,
    Work,
)
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.unit.engine.conftest import DONE, QUESTION, World, at_once, forever


async def test_an_estimate_is_there_before_the_start_and_grows_with_the_line(world: World) -> None:
    engine = await world.open(forever, max_running=1)
    request = TaskRequest(kind="errand", goal="fetch")
    alone = await engine.estimate(request)
    assert alone.position == 0
    assert alone.estimate.low < alone.estimate.seconds == 10 < alone.estimate.high
    await world.submit()
    await world.submit()
    await world.settle()
    behind = await engine.estimate(request)
    assert behind.position == 2
    assert behind.estimate.seconds == pytest.approx(30)


async def test_measured_runs_correct_the_next_estimate(world: World) -> None:
    async def slow(run: Run) -> Result:
        async def work() -> str:
            await world.clock.sleep(40)
            return "worked"

        await run.step("work", work)
        return DONE

    engine = await world.open(slow)
    await world.submit()
    await world.settle()
    await world.clock.run_for(40)
    forecast = await engine.estimate(TaskRequest(kind="errand", goal="fetch"))
    assert forecast.estimate.seconds == pytest.approx(40)


async def test_the_time_left_follows_a_running_task_and_its_line(world: World) -> None:
    async def slow(run: Run) -> Result:
        async def work() -> str:
            await world.clock.sleep(1000)
            return "worked"

        await run.step("work", work)
        return DONE

    engine = await world.open(slow, max_running=1)
    first = await world.submit()
    second = await world.submit()
    await world.settle()
    await world.clock.advance(5)
    task = await engine.task(first)
    assert task.progress.steps[0].status is StepStatus.RUNNING
    assert task.progress.steps[0].seconds == 5
    assert task.estimate is not None
    waiting = await engine.task(second)
    assert waiting.position == 1
    assert waiting.estimate is not None
    assert waiting.estimate.seconds > task.estimate.seconds
    heard = len(world.updates)
    engine._pulse._refresh_line()
    assert len(world.updates) == heard  # nothing new, nothing said


async def test_a_failure_says_what_happened_and_notifies(world: World) -> None:
    async def hopeless(run: Run) -> Result:
        raise CannotComplete("Nothing could be read; the task is kept.", hint="Give other files.")

    await world.open(hopeless)
    task_id = await world.submit()
    await world.settle()
    task = await world.engine.task(task_id)
    assert task.status is TaskStatus.FAILED
    assert task.failure is not None
    assert (task.failure.type, task.failure.hint) == ("CannotComplete", "Give other files.")
    last = (await world.engine.events(task_id))[-1].event
    assert isinstance(last, TaskFailed)
    assert last.failure == task.failure
    assert len(world.notices.tasks) == 1


@pytest.mark.expected_log("failed unexpectedly")
async def test_a_bug_in_an_agent_fails_its_task_and_nothing_else(world: World) -> None:
    async def broken(run: Run) -> Result:
        raise KeyError("secret of the document")

    await world.open(broken)
    task_id = await world.submit()
    await world.settle()
    failure = (await world.engine.task(task_id)).failure
    assert failure is not None
    assert "KeyError" in failure.message
    assert "secret" not in failure.message
    await world.submit()
    await world.settle()
    assert (await world.engine.counts())[TaskStatus.FAILED] == 2


async def test_a_crash_of_the_runtime_costs_an_attempt_not_the_task(world: World) -> None:
    crashes = [RuntimeFailed("The runtime crashed."), RuntimeFailed("The runtime hung.")]

    async def work() -> str:
        if crashes:
            raise crashes.pop(0)
        return "worked"

    async def script(run: Run) -> Result:
        return replace(DONE, summary=await run.step("work", work))

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.clock.advance(1)
    await world.clock.advance(5)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    failed = [e.event for e in await world.engine.events(task_id) if isinstance(e.event, AttemptFailed)]
    assert [(e.attempt, e.reason) for e in failed] == [(1, "The runtime crashed."), (2, "The runtime hung.")]


async def test_a_third_crash_fails_the_task_with_the_last_words(world: World) -> None:
    async def work(item: int) -> str:
        raise RuntimeFailed("The runtime crashed: out of memory.", hint="Choose a smaller model.")

    async def script(run: Run) -> Result:
        await run.map("work", [1], work)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.clock.advance(1)
    await world.clock.advance(5)
    task = await world.engine.task(task_id)
    assert task.failure is not None
    assert "out of memory" in task.failure.message
    assert task.progress.steps[0].status is StepStatus.FAILED


async def test_a_model_that_fails_to_load_at_first_costs_a_step_of_many_items_an_attempt_too(world: World) -> None:
    failures = [RuntimeFailed("The model was not loaded.")]

    async def fail_once() -> None:
        if failures:
            raise failures.pop()

    async def work(item: int) -> str:
        return (await run_of[0].ask(QUESTION)).text

    async def script(run: Run) -> Result:
        run_of.append(run)
        await run.map("work", [1, 2], work)
        return DONE

    run_of: list[Run] = []
    world.model.loading_pace = fail_once
    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.clock.advance(1)
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_a_question_that_is_refused_is_not_asked_again(world: World) -> None:
    async def script(run: Run) -> Result:
        async def work() -> str:
            return (await run.ask(replace(QUESTION, schema={"type": "nonsense"}))).text

        await run.step("work", work)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    failure = (await world.engine.task(task_id)).failure
    assert failure is not None
    assert failure.type == "PromptRefused"
    assert failure.hint
    assert len(world.model.prompts) == 1


async def test_a_step_inside_a_step_is_a_bug(world: World) -> None:
    caught: list[str] = []

    async def script(run: Run) -> Result:
        async def inner() -> str:
            return "inner"

        async def outer() -> str:
            try:
                return await run.step("inner", inner)
            except RuntimeError as error:
                caught.append(str(error))
                return "refused"

        await run.step("outer", outer)
        return DONE

    await world.open(script)
    await world.submit()
    await world.settle()
    assert caught == ["step 'inner' was begun inside of step 'outer'"]


async def test_the_model_answers_in_as_many_slots_as_it_has_and_tokens_are_counted(world: World) -> None:
    async def script(run: Run) -> Result:
        assert (await run.load_model()).slots == 4

        async def ask(item: int) -> str:
            return (await run.ask(QUESTION)).text

        await run.plan([PlannedStep(name="ask", title="Ask", work=Work(output_tokens=40), total=10)])
        await run.map("ask", list(range(10)), ask)
        assert await run.token_ends("two words") == (3, 9)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.settle()
    task = await world.engine.task(task_id)
    assert task.status is TaskStatus.COMPLETED
    assert world.model.most_running == 4
    assert task.progress.tokens == 10 * len((await world.model.answer(QUESTION)).text.split())


async def test_the_files_of_a_run_are_its_own_and_artifacts_can_be_read_back(world: World) -> None:
    async def script(run: Run) -> Result:
        (source,) = await run.sources()
        document = await run.read(source)
        await run.write_file("text.txt", document.parts[0].text.encode())
        text = await run.read_file("text.txt")
        artifact = await run.write_artifact("report.md", "text/markdown", b"# " + text)
        return replace(DONE, artifacts=(artifact,))

    engine = await world.open(script)
    task_id = await world.submit()
    await world.settle()
    task = await engine.task(task_id)
    assert task.result is not None
    assert task.result.artifacts[0].size == len("# A note.")
    assert await engine.read_artifact(task_id, "report.md") == b"# A note."
    assert engine.artifact_path(task, "report.md").name == "report.md"


async def test_a_verdict_travels_with_the_end(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    assert (await world.engine.events(task_id))[-1].event.verdict is Verdict.VERIFIED  # type: ignore[union-attr]


async def test_a_queued_task_whose_model_is_gone_stops_nobody_elses_progress(world: World) -> None:
    other = ScriptedModel(name="other")
    models = ScriptedModels(world.model, other)
    engine = await world.open(forever, max_running=1, models=models)
    running = await world.submit()
    queued = (await engine.submit(TaskRequest(kind="errand", goal="fetch", model="other"))).task_id
    await world.settle()
    models.models = (world.model,)  # the file was moved away
    await world.clock.advance(1)
    heard = len(world.updates)
    await world.clock.advance(1)

    assert [update.task.task_id for update in world.updates[heard:]] == [running]
    assert (await engine.estimate(TaskRequest(kind="errand", goal="fetch"))).position == 2
    await engine.cancel(running)
    await world.settle()
    failure = (await engine.task(queued)).failure
    assert failure is not None
    assert failure.type == "UnknownModel"
