"""The engine as whoever uses it sees it."""

import asyncio
from dataclasses import replace

import pytest

from desktop.engine import (
    AttemptFailed,
    CannotComplete,
    Change,
    ForbiddenTransition,
    Input,
    InvalidRequest,
    Message,
    PlannedStep,
    Prompt,
    Result,
    Role,
    Run,
    RuntimeFailed,
    StepStatus,
    StorageFailed,
    TaskFailed,
    TaskId,
    TaskQuery,
    TaskRequest,
    TaskStatus,
    UnknownModel,
    UnknownTask,
    Verdict,
    Work,
)
from desktop.engine.scheduler import Scheduler
from tests.unit.engine.conftest import DONE, World

QUESTION = Prompt(messages=(Message(role=Role.USER, content="How wide is the sea?"),), max_tokens=50)


async def at_once(run: Run) -> Result:
    return DONE


async def forever(run: Run) -> Result:
    await asyncio.Event().wait()
    return DONE


async def test_an_accepted_task_is_in_the_store_before_its_identifier_is_handed_out(world: World) -> None:
    await world.open(forever)
    task_id = await world.submit()
    assert (await world.store.task(task_id)).request.goal == "fetch"


async def test_a_task_runs_to_its_result_and_tells_of_every_stage(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    task = await world.engine.task(task_id)
    assert task.status is TaskStatus.COMPLETED
    assert task.result == DONE
    assert task.finished_at is not None
    assert task.model == "scripted"
    assert task.progress.fraction == 1.0
    assert await world.happened(task_id) == ["TaskSubmitted", "TaskStarted", "PlanMade", "TaskCompleted"]
    assert [notice.task_id for notice in world.notices.tasks] == [task_id]


async def test_events_are_numbered_without_gaps_and_can_be_read_from_any_on(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    assert [each.number for each in await world.engine.events(task_id)] == [1, 2, 3, 4]
    assert [each.number for each in await world.engine.events(task_id, after=2)] == [3, 4]


async def test_listeners_hear_every_event_until_they_unsubscribe(world: World) -> None:
    engine = await world.open(at_once)
    heard: list[str] = []
    stop = engine.subscribe(lambda update: heard.append(update.task.status))
    await world.submit()
    await world.settle()
    assert heard[0] == "queued"
    assert heard[-1] == "completed"
    stop()
    before = len(heard)
    await world.submit()
    await world.settle()
    assert len(heard) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"goal": "  "}, "empty"),
        ({"goal": "x" * 1_000_000}, "1,000,000 characters"),
        ({"priority": 10}, "10 is no priority"),
        ({"keep_days": 3}, "3 days"),
        ({"kind": "cooking"}, "Choose one of: errand"),
        ({"goal": "refuse"}, "Refused"),
        ({"goal": "a \udcff byte"}, "no text"),
        ({"inputs": (Input(path="/letters/\udcff.txt"),)}, "no text"),
    ],
)
async def test_a_request_that_cannot_work_is_refused_with_the_way_out(world: World, change: dict, words: str) -> None:
    engine = await world.open(at_once)
    request = replace(TaskRequest(kind="errand", goal="fetch"), **change)
    with pytest.raises(InvalidRequest, match=words) as caught:
        await engine.submit(request)
    assert caught.value.hint
    assert (await engine.find(TaskQuery())).tasks == ()


async def test_a_model_that_is_not_there_is_refused_at_once(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(UnknownModel):
        await engine.submit(TaskRequest(kind="errand", goal="fetch", model="gone"))


async def test_the_title_is_the_first_line_of_the_goal_cut_to_length(world: World) -> None:
    engine = await world.open(at_once)
    task = await engine.submit(TaskRequest(kind="errand", goal="word " * 40 + "\nsecond line"))
    assert task.title.endswith("…")
    assert len(task.title) <= 80
    named = await engine.submit(TaskRequest(kind="errand", goal="fetch", title=" My  errand "))
    assert named.title == "My errand"


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
    await world.clock.advance(40)
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
    engine._refresh_line()
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
    gate = asyncio.Event()

    async def note(item: int) -> int:
        if item == 2:
            await gate.wait()
        worked.append(item)
        return item * 10

    async def script(run: Run) -> Result:
        await run.plan([PlannedStep(name="note", title="Take notes", work=Work(seconds=4), total=4, unit="pages")])
        notes = await run.map("note", [0, 1, 2, 3], note, width=1)
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


@pytest.mark.expected_log("could not be recorded")
async def test_a_store_that_fails_at_the_end_leaves_the_task_to_the_next_start(world: World) -> None:
    write = world.store.record

    async def full(change):  # type: ignore[no-untyped-def]
        if change.task.status in (TaskStatus.COMPLETED, TaskStatus.FAILED):
            raise StorageFailed("The disk is full.", hint="Make room.")
        return await write(change)

    world.store.record = full  # type: ignore[method-assign]
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.RUNNING
    await world.engine.stop()
    world.store.record = write  # type: ignore[method-assign]
    await world.open(at_once)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


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


async def test_lists_show_live_progress_and_can_be_filtered(world: World) -> None:
    async def script(run: Run) -> Result:
        async def work() -> str:
            await asyncio.Event().wait()
            return ""

        await run.step("work", work)
        return DONE

    engine = await world.open(script, max_running=1)
    running, queued = await world.submit(), await world.submit()
    await world.settle()
    await world.clock.advance(3)
    page = await engine.find(TaskQuery())
    assert [task.task_id for task in page.tasks] == [queued, running]
    assert page.tasks[1].progress.steps[0].seconds == 3
    only = await engine.find(TaskQuery(statuses=frozenset({TaskStatus.QUEUED})))
    assert [task.task_id for task in only.tasks] == [queued]


async def test_the_engine_names_its_models_kinds_and_runtime(world: World) -> None:
    engine = await world.open(at_once)
    assert [model.name for model in engine.models()] == ["scripted"]
    assert engine.kinds() == (("errand", "Errand"),)
    assert engine.runtime_status().model is None


async def test_an_unknown_task_is_said_to_be_unknown(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(UnknownTask):
        await engine.task(TaskId("01ARZ3NDEKTSV4RRFFQ69G5FAV"))


async def test_an_input_is_either_a_path_or_a_text(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(InvalidRequest, match="either a path or a text"):
        await engine.submit(TaskRequest(kind="errand", goal="fetch", inputs=(Input(name="both"),)))
    assert Input(path="C:\\docs\\a.pdf").label == "a.pdf"
    assert Input(text="x").label == "text"


async def test_a_verdict_travels_with_the_end(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    assert (await world.engine.events(task_id))[-1].event.verdict is Verdict.VERIFIED  # type: ignore[union-attr]


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
