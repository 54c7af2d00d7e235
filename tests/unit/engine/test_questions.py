"""A task asks its person, waits without holding anything, and goes on with the answer."""

import asyncio
from contextlib import suppress

import pytest

from desktop.engine import (
    MAX_ANSWER_CHARACTERS,
    Change,
    ChannelKind,
    Engine,
    ForbiddenTransition,
    InvalidRequest,
    Occasion,
    PlannedStep,
    QuestionAnswered,
    QuestionAsked,
    QuestionId,
    RecordedEvent,
    Result,
    Run,
    StorageFailed,
    TaskId,
    TaskStatus,
    TaskUpdate,
    Webhook,
    Work,
    question_id,
)
from desktop.engine import Question as Asked
from tests.fakes.scripted_model import ScriptedModels
from tests.unit.engine.conftest import DONE, ScriptedAgent, World, at_once
from tests.unit.engine.disk import Disk

MAY_I = Asked(
    text="May it install a package?", details="pip install regex==2024.11.6", choices=("allow", "deny"), key="packages"
)
WHICH = Asked(text="Which folder is it about?")


class Errand:
    """Works, asks, and works again; it notes what it did."""

    def __init__(self, *questions: Asked) -> None:
        self.questions = questions
        self.did: list[str] = []

    async def __call__(self, run: Run) -> Result:
        await run.plan([PlannedStep(name=name, title=name, work=Work(seconds=5)) for name in ("before", "after")])
        await run.step("before", self.work)
        answers = [await run.ask_person(question) for question in self.questions]
        await run.step("after", self.work_with, answers)
        return DONE

    async def work(self) -> str:
        self.did.append("before")
        return "done"

    async def work_with(self, answers: list[str]) -> str:
        self.did += answers
        return "done"


async def asked(world: World, *questions: Asked) -> tuple[TaskId, Errand]:
    """A task that waits for the answer to the first of these questions."""
    errand = Errand(*questions or (MAY_I,))
    await world.open(errand)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.WAITING
    return task_id, errand


async def test_a_task_waits_for_an_answer_and_goes_on_with_it(world: World) -> None:
    task_id, errand = await asked(world)
    waiting = await world.engine.task(task_id)
    assert waiting.question == MAY_I
    assert waiting.estimate is None
    assert waiting.position is None
    await world.engine.answer(task_id, "allow")
    await world.settle()
    done = await world.engine.task(task_id)
    assert done.status is TaskStatus.COMPLETED
    assert done.question is None
    assert errand.did == ["before", "allow"]


async def test_both_are_told_as_events(world: World) -> None:
    task_id, _ = await asked(world)
    await world.engine.answer(task_id, "deny")
    told = [each.event for each in await world.engine.events(task_id)]
    (question,) = [each for each in told if isinstance(each, QuestionAsked)]
    (answer,) = [each for each in told if isinstance(each, QuestionAnswered)]
    assert question.question == MAY_I
    assert (answer.question_id, answer.answer) == (question.question_id, "deny")
    assert question.question_id == question_id(question.run, MAY_I)


async def test_a_task_that_waits_holds_neither_a_place_nor_a_slot_nor_the_machine_awake(world: World) -> None:
    errand = Errand(MAY_I)

    async def script(run: Run) -> Result:
        return await (at_once(run) if run.request.goal == "other" else errand(run))

    await world.open(script, max_running=1)
    first = await world.submit()
    await world.clock.advance(1)
    assert await world.status(first) is TaskStatus.WAITING
    assert not world.wakefulness.is_held
    assert world.model.running == 0
    other = await world.submit("other")
    await world.settle()
    assert await world.status(other) is TaskStatus.COMPLETED


async def test_days_of_waiting_are_no_stall_and_end_nothing(world: World) -> None:
    task_id, _ = await asked(world)
    before = await world.happened(task_id)
    await world.clock.advance(3600)
    waiting = await world.engine.task(task_id)
    assert waiting.status is TaskStatus.WAITING
    assert waiting.progress.stalled_seconds == 0
    assert waiting.estimate is None
    assert await world.happened(task_id) == before


async def test_a_question_survives_a_restart_and_so_does_its_answer(world: World) -> None:
    task_id, errand = await asked(world)
    await world.engine.stop()
    await world.open(errand)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.WAITING
    await world.engine.answer(task_id, "allow")
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.did == ["before", "allow"]
    assert (await world.happened(task_id)).count("QuestionAsked") == 1


async def test_an_answer_that_was_taken_is_there_after_a_restart_before_the_task_went_on(world: World) -> None:
    task_id, errand = await asked(world)
    await in_the_way(world)
    assert (await world.engine.answer(task_id, "allow")).status is TaskStatus.QUEUED
    await world.settle()
    await world.engine.stop()
    await world.open(errand)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.did == ["before", "allow", "before"]  # the last one is that of the other task, which asks now


async def test_an_engine_that_was_not_started_takes_an_answer_and_runs_nothing(world: World) -> None:
    task_id, errand = await asked(world)
    await world.engine.stop()
    resting = Engine(world.adapters(ScriptedModels(world.model)), agents=[ScriptedAgent(errand)])
    assert (await resting.answer(task_id, "allow")).status is TaskStatus.QUEUED
    await world.settle()
    assert (await world.store.task(task_id)).status is TaskStatus.QUEUED
    await world.open(errand)
    await world.settle()
    assert errand.did == ["before", "allow"]


async def in_the_way(world: World) -> None:
    """Open the engine again, with one place for runs that another task has for good."""

    async def forever(run: Run) -> Result:
        await asyncio.Event().wait()
        return DONE

    await world.engine.stop()
    await world.open(forever, max_running=1)
    other = await world.submit("in the way")
    await world.settle()
    assert await world.status(other) is TaskStatus.RUNNING


async def test_an_answered_task_takes_its_turn_after_those_that_were_in_line_before(world: World) -> None:
    began: list[str] = []
    errand = Errand(MAY_I)
    turn = asyncio.Event()

    async def script(run: Run) -> Result:
        began.append(run.request.goal)
        if run.request.goal == "asks":
            return await errand(run)
        await turn.wait()
        return DONE

    await world.open(script, max_running=1)
    task_id = await world.submit("asks")
    await world.settle()
    await world.submit("first")
    await world.submit("urgent", priority=9)
    await world.engine.answer(task_id, "allow")
    assert (await world.engine.task(task_id)).status is TaskStatus.QUEUED
    turn.set()
    await world.settle()
    assert began == ["asks", "first", "urgent", "asks"]


async def test_each_question_of_a_run_is_asked_once(world: World) -> None:
    task_id, errand = await asked(world, MAY_I, WHICH)
    await world.engine.answer(task_id, "deny")
    await world.settle()
    assert (await world.engine.task(task_id)).question == WHICH
    await world.engine.answer(task_id, "The one from October.")
    await world.settle()
    assert errand.did == ["before", "deny", "The one from October."]
    assert (await world.happened(task_id)).count("QuestionAsked") == 2


async def test_the_same_words_under_another_key_are_another_question(world: World) -> None:
    once_more = Asked(text=MAY_I.text, details=MAY_I.details, choices=MAY_I.choices, key="again")
    task_id, errand = await asked(world, MAY_I, once_more)
    await world.engine.answer(task_id, "allow")
    await world.settle()
    assert (await world.engine.task(task_id)).question == once_more
    await world.engine.answer(task_id, "deny")
    await world.settle()
    assert errand.did == ["before", "allow", "deny"]


async def test_the_same_answer_again_changes_nothing(world: World) -> None:
    task_id, _ = await asked(world)
    asked_for = question_id((await world.engine.task(task_id)).run, MAY_I)
    both = await asyncio.gather(world.engine.answer(task_id, "allow"), world.engine.answer(task_id, "allow", asked_for))
    assert {task.task_id for task in both} == {task_id}
    await world.settle()
    assert (await world.engine.answer(task_id, "allow")).status is TaskStatus.COMPLETED
    assert (await world.engine.answer(task_id, "allow", asked_for)).status is TaskStatus.COMPLETED
    assert (await world.happened(task_id)).count("QuestionAnswered") == 1


async def test_another_answer_to_an_answered_question_is_refused(world: World) -> None:
    task_id, _ = await asked(world)
    await world.engine.answer(task_id, "allow")
    with pytest.raises(ForbiddenTransition, match="answered before"):
        await world.engine.answer(task_id, "deny")


async def test_an_answer_that_was_sent_twice_does_not_answer_the_next_question(world: World) -> None:
    next_one = Asked(text="And this one?", choices=MAY_I.choices)
    task_id, errand = await asked(world, MAY_I, next_one)
    first = question_id((await world.engine.task(task_id)).run, MAY_I)
    await world.engine.answer(task_id, "allow", first)
    await world.settle()
    assert (await world.engine.answer(task_id, "allow", first)).question == next_one
    with pytest.raises(ForbiddenTransition, match="something else by now"):
        await world.engine.answer(task_id, "deny", first)
    assert errand.did == ["before"]


async def test_a_task_that_asks_nothing_can_not_be_answered(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    with pytest.raises(ForbiddenTransition, match="is completed and asks nothing"):
        await world.engine.answer(task_id, "allow")


async def test_what_was_never_asked_can_not_be_answered(world: World) -> None:
    task_id, _ = await asked(world)
    await world.engine.answer(task_id, "allow")
    with pytest.raises(ForbiddenTransition, match="asks nothing"):
        await world.engine.answer(task_id, "allow", QuestionId("another"))


@pytest.mark.parametrize("answer", ["maybe", "", " ", "\ud800", "Allow"])
async def test_what_is_none_of_the_choices_is_no_answer(world: World, answer: str) -> None:
    task_id, errand = await asked(world)
    with pytest.raises(InvalidRequest, match="still waits"):
        await world.engine.answer(task_id, answer)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.WAITING
    assert errand.did == ["before"]


async def test_an_answer_in_words_has_a_limit(world: World) -> None:
    task_id, _ = await asked(world, WHICH)
    with pytest.raises(InvalidRequest, match="20,001 characters"):
        await world.engine.answer(task_id, "a" * (MAX_ANSWER_CHARACTERS + 1))


async def test_a_task_that_waits_can_be_cancelled_but_not_paused(world: World) -> None:
    task_id, _ = await asked(world)
    with pytest.raises(ForbiddenTransition):
        await world.engine.pause(task_id)
    assert (await world.engine.resume(task_id)).question == MAY_I
    cancelled = await world.engine.cancel(task_id)
    assert cancelled.status is TaskStatus.CANCELLED
    assert cancelled.question is None
    with pytest.raises(ForbiddenTransition):
        await world.engine.answer(task_id, "allow")


@pytest.mark.parametrize("turns", range(12))
@pytest.mark.parametrize("act", ["cancel", "pause"])
async def test_a_stop_in_the_moment_of_asking_ends_in_order(world: World, act: str, turns: int) -> None:
    errand = Errand(MAY_I)
    go = asyncio.Event()

    async def script(run: Run) -> Result:
        await go.wait()
        return await errand(run)

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    go.set()
    for _ in range(turns * 4):
        await asyncio.sleep(0)
    with suppress(ForbiddenTransition):
        await getattr(world.engine, act)(task_id)
    await world.settle()
    status = await world.status(task_id)
    assert status in (TaskStatus.CANCELLED, TaskStatus.PAUSED, TaskStatus.WAITING)
    assert (await world.store.task(task_id)).status is status
    if status is TaskStatus.PAUSED:
        await world.engine.resume(task_id)
        await world.settle()
    if status is not TaskStatus.CANCELLED:
        await world.engine.answer(task_id, "allow")
        await world.settle()
        assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_an_answer_in_the_moment_of_asking_is_not_lost(world: World) -> None:
    """Whoever hears of the question first answers it at once, before the run that asked has quite ended."""
    answers: list[asyncio.Task[object]] = []

    def hear(update: TaskUpdate) -> None:
        if update.event is not None and isinstance(update.event.event, QuestionAsked):
            answers.append(asyncio.ensure_future(world.engine.answer(update.task.task_id, "allow")))

    errand = Errand(MAY_I)
    await world.open(errand)
    world.engine.subscribe(hear)
    task_id = await world.submit()
    await world.settle()
    assert len(answers) == 1
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.did == ["before", "allow"]


async def test_the_person_and_whoever_wants_to_be_called_are_told(world: World) -> None:
    world.ears.personal = {Occasion.WAITING: (ChannelKind.MAIL,)}
    await world.open(Errand(MAY_I))
    await world.submit(webhook=Webhook(url="https://example.com/hook", events=(Occasion.WAITING,)))
    await world.settle()
    assert [task.question for task in world.notices.tasks] == [MAY_I]
    told = {each.channel: each.bulletin for each in world.ears.heard}
    assert {bulletin.occasion for bulletin in told.values()} == {Occasion.WAITING}
    assert told[ChannelKind.MAIL].text == f"{MAY_I.text}\n\n{MAY_I.details}\n\nAnswer: allow, deny"
    assert told[ChannelKind.WEBHOOK].text == ""


async def test_what_is_told_of_a_question_without_more_is_the_question(world: World) -> None:
    world.ears.personal = {Occasion.WAITING: (ChannelKind.MAIL,)}
    await asked(world, WHICH)
    assert [each.bulletin.text for each in world.ears.heard] == [WHICH.text]


async def test_a_retry_asks_again(world: World) -> None:
    task_id, errand = await asked(world)
    await world.engine.answer(task_id, "deny")
    await world.settle()
    await world.engine.retry(task_id)
    await world.settle()
    again = await world.engine.task(task_id)
    assert again.question == MAY_I
    assert again.answered is None
    await world.engine.answer(task_id, "allow")
    await world.settle()
    assert errand.did == ["before", "deny", "before", "allow"]


@pytest.mark.expected_log("failed unexpectedly")
async def test_nobody_is_asked_inside_of_a_step(world: World) -> None:
    async def script(run: Run) -> Result:
        async def ask() -> str:
            return await run.ask_person(MAY_I)

        await run.step("work", ask)
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.FAILED


async def test_of_several_questions_at_a_time_one_is_asked_after_the_other(world: World) -> None:
    got: list[list[str]] = []

    async def script(run: Run) -> Result:
        got.append(list(await asyncio.gather(run.ask_person(MAY_I), run.ask_person(WHICH))))
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert (await world.engine.task(task_id)).question == MAY_I
    await world.engine.answer(task_id, "allow")
    await world.settle()
    assert (await world.engine.task(task_id)).question == WHICH
    await world.engine.answer(task_id, "That one.")
    await world.settle()
    assert got == [["allow", "That one."]]


@pytest.mark.expected_log("failed unexpectedly")
async def test_a_timeout_of_the_agents_own_is_no_question(world: World) -> None:
    async def script(run: Run) -> Result:
        raise TimeoutError

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.FAILED


@pytest.mark.expected_log("work is held")
async def test_a_question_that_can_not_be_kept_for_now_is_asked_once_it_can(world: World) -> None:
    disk = Disk(world)
    errand = Errand(MAY_I)

    async def script(run: Run) -> Result:
        try:
            return await errand(run)
        finally:
            disk.fill()

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.PAUSED
    assert (await world.store.task(task_id)).status is TaskStatus.RUNNING
    disk.make_room()
    await world.clock.run_for(6)
    assert await world.status(task_id) is TaskStatus.WAITING
    assert (await world.store.task(task_id)).question == MAY_I


async def test_a_question_that_can_not_be_kept_at_all_fails_the_task(world: World) -> None:
    record = world.store.record

    async def refusing(change: Change) -> tuple[RecordedEvent, ...]:
        if change.task.status is TaskStatus.WAITING:
            raise StorageFailed("The data folder is broken.")
        return await record(change)

    world.store.record = refusing  # type: ignore[method-assign]
    await world.open(Errand(MAY_I))
    task_id = await world.submit()
    await world.settle()
    failed = await world.engine.task(task_id)
    assert failed.status is TaskStatus.FAILED
    assert failed.question is None


async def test_an_answer_that_can_not_be_kept_was_not_given(world: World) -> None:
    task_id, errand = await asked(world)
    record = world.store.record

    async def refusing(change: Change) -> tuple[RecordedEvent, ...]:
        raise StorageFailed("The data folder is broken.")

    world.store.record = refusing  # type: ignore[method-assign]
    with pytest.raises(StorageFailed):
        await world.engine.answer(task_id, "allow")
    world.store.record = record  # type: ignore[method-assign]
    waiting = await world.engine.task(task_id)
    assert (waiting.status, waiting.question, waiting.answered) == (TaskStatus.WAITING, MAY_I, None)
    await world.engine.answer(task_id, "deny")
    await world.settle()
    assert errand.did == ["before", "deny"]
