"""A new run from a step takes over what was finished before it, and does the rest."""

import asyncio
from dataclasses import replace

import pytest

from desktop.engine import (
    CannotComplete,
    InvalidRequest,
    PlannedStep,
    Result,
    Run,
    StepStatus,
    StorageFailed,
    Task,
    TaskId,
    TaskRetried,
    TaskStatus,
    UnknownModel,
    Work,
    retry_steps,
    stopping_step,
)
from tests.fakes.scripted_model import ScriptedModels
from tests.unit.engine.conftest import DONE, World, at_once, forever

PLAN = [
    PlannedStep(name="read", title="Read", work=Work(seconds=10), total=2, unit="files"),
    PlannedStep(name="skipped", title="Nothing to do", work=Work(seconds=0)),
    PlannedStep(name="note", title="Take notes", work=Work(seconds=70), total=3, unit="pages"),
    PlannedStep(name="write", title="Write", work=Work(seconds=20)),
]


class Errand:
    """Reads two files, takes three notes, and writes; each piece of work is counted, and fails where it is told to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.worked: list[str] = []
        self.failing: str | None = "note 2"
        self.stuck: str | None = None
        self.suffix = ""

    async def work(self, what: str) -> str:
        if what == self.failing:
            raise CannotComplete("The pen broke.", hint="Take another one.")
        if what == self.stuck:
            await asyncio.Event().wait()
        self.world.clock.seconds += 1
        self.worked.append(what)
        return what + self.suffix

    async def carry_out(self, run: Run) -> Result:
        async def read(number: int) -> str:
            await run.write_file(f"text-{number}", f"text {number}{self.suffix}".encode())
            return await self.work(f"read {number}")

        async def note(text: str) -> str:
            number = int(text.split()[1])
            await run.read_file(f"text-{min(number, 1)}")
            return await self.work(f"note {number}")

        async def write(notes: list[str]) -> str:
            return await self.work("write") + (await run.read_file("text-0")).decode()

        await run.plan(PLAN)
        texts = await run.map("read", [0, 1], read, width=1)
        notes = await run.map("note", [*texts, "read 2"], note, width=1)
        return replace(DONE, summary=await run.step("write", write, notes))


@pytest.fixture
def errand(world: World) -> Errand:
    return Errand(world)


async def failed(world: World, errand: Errand) -> TaskId:
    """The errand, failed at the last note."""
    await world.open(errand.carry_out)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.FAILED
    errand.failing = None
    errand.worked.clear()
    return task_id


async def done_again(world: World, errand: Errand, task_id: TaskId, from_step: str | None) -> list[str]:
    """What a new run from that step does."""
    errand.worked.clear()
    await world.engine.retry(task_id, from_step)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    return errand.worked


def stands(task: Task) -> list[tuple[str, StepStatus, int, int]]:
    return [(step.name, step.status, step.done, step.reused) for step in task.progress.steps]


async def test_from_the_failed_step_only_what_is_missing_is_done(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    assert await done_again(world, errand, task_id, "note") == ["note 2", "write"]
    task = await world.engine.task(task_id)
    assert task.run == 2
    assert task.result is not None
    assert task.result.summary == "writetext 0"  # a working file of the first run
    (old,) = await world.engine.past_runs(task_id)
    assert (old.status, stands(old)[2]) == (TaskStatus.FAILED, ("note", StepStatus.FAILED, 2, 0))


async def test_a_step_that_was_done_is_done_anew_and_those_before_it_are_not(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    assert await done_again(world, errand, task_id, "read") == [
        *("read 0", "read 1", "note 0", "note 1", "note 2", "write")
    ]
    assert await done_again(world, errand, task_id, "write") == ["write"]
    assert await done_again(world, errand, task_id, "note") == ["note 0", "note 1", "note 2", "write"]
    assert (await world.engine.task(task_id)).run == 4


async def test_the_new_run_shows_what_it_takes_over_from_its_first_moment(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    world.engine._scheduler.max_running = 0
    task = await world.engine.retry(task_id, "note")
    assert stands(task) == [
        ("read", StepStatus.DONE, 2, 2),
        ("skipped", StepStatus.PENDING, 0, 0),
        ("note", StepStatus.PENDING, 2, 2),
        ("write", StepStatus.PENDING, 0, 0),
    ]
    assert task.progress.fraction == pytest.approx(0.1 + 0.7 * 2 / 3)
    assert [step.seconds for step in task.progress.steps] == [0, 0, 0, 0]
    assert (task.builds_on, task.draft, task.failure) == ((1,), "", None)


async def test_seconds_of_the_earlier_run_count_neither_in_the_new_one_nor_for_later_estimates(
    world: World, errand: Errand
) -> None:
    task_id = await failed(world, errand)
    await done_again(world, errand, task_id, "note")
    task = await world.engine.task(task_id)
    assert [step.seconds for step in task.progress.steps] == [0, 0, 1, 1]
    (measured,) = await world.store.measurements("errand", "scripted")
    assert (measured.planned_seconds, measured.seconds) == (0, 2)


async def test_the_time_left_is_not_shortened_by_what_cost_this_run_nothing(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    errand.stuck = "note 2"
    await world.engine.retry(task_id, "note")
    await world.settle()
    await world.clock.advance(0.25)
    estimate = (await world.engine.task(task_id)).estimate
    assert estimate is not None
    assert 40 < estimate.seconds < 60  # of 100 nominal seconds 43 are left


async def test_what_changed_meanwhile_is_done_again_honestly(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    original = errand.carry_out

    async def changed(run: Run) -> Result:
        async def read(name: str) -> str:
            return await errand.work(f"read {name}")

        await run.plan(PLAN)
        await run.map("read", ["other", "files"], read, width=1)
        world.clock.seconds += 1
        return await original(run)

    world.engine._agents["errand"].script = changed  # type: ignore[attr-defined]
    errand.stuck = "read files"
    await world.engine.retry(task_id, "note")
    await world.settle()
    running = await world.engine.task(task_id)
    assert stands(running)[0] == ("read", StepStatus.RUNNING, 1, 0)
    assert errand.worked == ["read other"]
    await world.engine.cancel(task_id)


async def test_the_event_says_from_where(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    await done_again(world, errand, task_id, "note")
    await done_again(world, errand, task_id, None)
    events = [each.event for each in await world.engine.events(task_id)]
    assert [event.from_step for event in events if isinstance(event, TaskRetried)] == ["note", None]


async def test_an_unknown_step_is_refused_with_the_names_of_those_that_there_are(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    with pytest.raises(InvalidRequest, match=r"no step “nots”.*“read”, “skipped”, “note”, “write”") as refused:
        await world.engine.retry(task_id, "nots")
    assert "“read”, “note”; or from the start" in refused.value.hint
    assert (await world.engine.task(task_id)).run == 1


@pytest.mark.parametrize("step", ["write", "skipped"])
async def test_a_step_that_was_never_reached_is_refused_with_the_way_out(
    world: World, errand: Errand, step: str
) -> None:
    task_id = await failed(world, errand)
    with pytest.raises(InvalidRequest, match=f"Run 1 never came to the step “{step}”") as refused:
        await world.engine.retry(task_id, step)
    assert "“read”, “note”" in refused.value.hint


async def test_a_task_without_a_plan_can_only_begin_at_the_start(world: World) -> None:
    await world.open(forever, max_running=1)
    await world.submit()
    task_id = await world.submit()
    await world.engine.cancel(task_id)
    with pytest.raises(InvalidRequest, match="no plan yet") as refused:
        await world.engine.retry(task_id, "read")
    assert refused.value.hint == "Retry it from the start."
    assert stopping_step(await world.engine.task(task_id)) is None


async def test_a_task_that_has_not_ended_is_left_alone_whatever_the_step(world: World) -> None:
    await world.open(forever)
    task_id = await world.submit()
    assert (await world.engine.retry(task_id, "anything")).run == 1


async def test_a_run_that_ended_before_it_began_passes_on_what_it_took_over(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    world.engine._scheduler.max_running = 0
    await world.engine.retry(task_id, "note")
    await world.engine.cancel(task_id)
    world.engine._scheduler.max_running = 1
    assert await done_again(world, errand, task_id, "note") == ["note 2", "write"]
    task = await world.engine.task(task_id)
    assert (task.run, task.builds_on) == (3, (1,))
    assert task.result is not None
    assert task.result.summary == "writetext 0"


async def test_a_later_run_goes_on_from_the_latest_files(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    errand.suffix = " new"
    errand.failing = "write"
    await world.engine.retry(task_id, "read")
    await world.settle()
    errand.failing = None
    await done_again(world, errand, task_id, "write")
    task = await world.engine.task(task_id)
    assert task.builds_on == (2, 1)
    assert task.result is not None
    assert task.result.summary == "write newtext 0 new"


async def test_a_cancelled_run_can_go_on_where_it_was_cancelled(world: World, errand: Errand) -> None:
    errand.failing, errand.stuck = None, "note 1"
    await world.open(errand.carry_out)
    task_id = await world.submit()
    await world.settle()
    task = await world.engine.cancel(task_id)
    stopped = stopping_step(task)
    assert stopped is not None
    assert (stopped.name, [step.name for step in retry_steps(task)]) == ("note", ["read", "note"])
    errand.stuck = None
    assert await done_again(world, errand, task_id, "note") == ["note 1", "note 2", "write"]


async def test_a_run_that_stopped_between_two_steps_can_go_on_with_the_next(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    task = await world.engine.task(task_id)
    read, *rest = task.progress.steps
    pending = tuple(replace(step, status=StepStatus.PENDING, done=0, seconds=0) for step in rest)
    between = replace(task, progress=replace(task.progress, steps=(read, *pending)))
    assert [step.name for step in retry_steps(between)] == ["read", "skipped"]
    assert [step.name for step in retry_steps(replace(between, status=TaskStatus.COMPLETED))] == ["read"]


async def test_a_completed_run_stopped_nowhere(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    await done_again(world, errand, task_id, None)
    task = await world.engine.task(task_id)
    assert stopping_step(task) is None
    assert [step.name for step in retry_steps(task)] == ["read", "note", "write"]


async def test_where_the_model_is_gone_it_is_said_at_once_and_nothing_changes(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    await world.engine.stop()
    await world.open(errand.carry_out, models=ScriptedModels())
    models = world.engine._models
    models.models = ()  # type: ignore[attr-defined]

    def gone(name: str | None) -> None:
        raise UnknownModel("No model is here.", hint="Get one.")

    models.open = gone  # type: ignore[method-assign,assignment]
    with pytest.raises(UnknownModel):
        await world.engine.retry(task_id, "note")
    assert await world.status(task_id) is TaskStatus.FAILED


async def test_files_that_can_not_be_carried_over_fail_the_run_with_the_reason(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)

    async def full(*_: object) -> None:
        raise StorageFailed("The disk is full.", hint="Make room.")

    world.files.carry_over = full  # type: ignore[method-assign]
    await world.engine.retry(task_id, "note")
    await world.settle()
    failure = (await world.engine.task(task_id)).failure
    assert failure is not None
    assert failure.message == "The disk is full."
    del world.files.carry_over  # type: ignore[method-assign]
    assert await done_again(world, errand, task_id, "note") == ["note 2", "write"]


async def test_two_retries_from_a_step_in_the_same_moment_make_one_run(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    first, second = await asyncio.gather(world.engine.retry(task_id, "note"), world.engine.retry(task_id))
    await world.settle()
    assert first.run == second.run == 2
    assert errand.worked == ["note 2", "write"]


async def test_a_retry_whose_caller_goes_away_happens_all_the_same(world: World, errand: Errand) -> None:
    task_id = await failed(world, errand)
    retrying = asyncio.create_task(world.engine.retry(task_id, "note"))
    await asyncio.sleep(0)
    retrying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await retrying
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_at_once_has_no_steps_to_choose_from(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    assert retry_steps(await world.engine.task(task_id)) == ()


async def test_of_a_part_that_stopped_what_it_had_finished_is_taken_over(world: World) -> None:
    did: list[str] = []
    broken = True

    async def work(what: str) -> str:
        if what == "note" and broken:
            raise CannotComplete("The pen broke.")
        did.append(what)
        return what

    async def script(run: Run) -> Result:
        await run.step("look", work, "look")
        part = run.part("part", "The part", run.request)
        await part.plan([PlannedStep(name=name, title=name, work=Work(seconds=1)) for name in ("find", "note")])
        for name in ("find", "note"):
            await part.step(name, work, name)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    failed = await world.engine.task(task_id)
    stopped = stopping_step(failed)
    assert stopped is not None
    assert stopped.name == "part/note"
    broken = False
    await world.engine.retry(task_id, stopped.name)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert did == ["look", "find", "note"]
