"""Tasks for several models, of which not all fit into memory at the same time."""

import asyncio
from collections.abc import Sequence

import pytest

from desktop.engine import Answer, Message, Prompt, Result, Role, Run, TaskId, TaskStatus, UnknownModel
from desktop.engine.model_turns import LINGER_SECONDS
from desktop.engine.neighbours import HOLDS_SECONDS, Neighbours
from desktop.engine.scheduler import PATIENCE
from tests.fakes.fake_clock import FakeClock
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.unit.engine.conftest import DONE, QUESTION, World
from tests.unit.engine.test_asking import PULSE, Barrier

ASIDE = Prompt(messages=(Message(role=Role.USER, content="And how deep is it?"),), max_tokens=50)
WAITS = "waits for the memory of small"


async def ask_twice(run: Run) -> Result:
    for _ in range(2):
        await run.ask(QUESTION)
    return DONE


class Pair:
    """A world with two models; each token that one of them writes has to be let pass."""

    def __init__(self, world: World, room: int) -> None:
        self.world = world
        self.small, self.large = (ScriptedModel(name=name) for name in ("small", "large"))
        self.models = ScriptedModels(self.small, self.large, room=room)
        self.writing = Barrier()
        self.small.pace = self.large.pace = self.writing

    async def open(self, max_running: int = 4) -> None:
        await self.world.open(ask_twice, models=self.models, max_running=max_running)
        await self.world.settle()

    async def submit(self, model: str, priority: int = 5) -> TaskId:
        task_id = await self.world.submit(model=model, priority=priority)
        await self.world.settle()
        return task_id

    async def write(self, tokens: int = 100) -> None:
        self.writing.let_pass(tokens)
        await self.world.settle()
        await self.writing.hold()

    async def running(self, *task_ids: TaskId) -> list[bool]:
        return [await self.world.status(task_id) is TaskStatus.RUNNING for task_id in task_ids]

    async def waits(self, task_id: TaskId) -> str:
        await self.world.clock.advance(PULSE)
        return (await self.world.engine.task(task_id)).waits


@pytest.fixture
async def pair(world: World) -> Pair:
    return Pair(world, room=1)


async def test_a_task_for_a_model_that_does_not_fit_waits_and_says_for_what(pair: Pair) -> None:
    await pair.open()
    first, other, third = [await pair.submit(name) for name in ("small", "large", "small")]
    assert await pair.running(first, other, third) == [True, False, True]
    assert await pair.waits(other) == WAITS
    assert (pair.small.is_loaded, pair.large.is_loaded) == (True, False)

    await pair.write()
    await pair.world.clock.advance(LINGER_SECONDS)
    assert await pair.running(other) == [True]
    assert (pair.small.is_loaded, pair.large.is_loaded) == (False, True)
    assert await pair.waits(other) == ""
    await pair.write()
    assert await pair.world.status(other) is TaskStatus.COMPLETED


async def test_a_waiting_task_that_is_paused_waits_for_nothing_any_more(pair: Pair) -> None:
    await pair.open()
    await pair.submit("small")
    other = await pair.submit("large")
    assert await pair.waits(other) == WAITS
    await pair.world.engine.pause(other)
    assert (await pair.world.engine.task(other)).waits == ""


async def test_tasks_for_models_that_fit_run_side_by_side(pair: Pair) -> None:
    pair.models.room = 2
    await pair.open()
    first, other = await pair.submit("small"), await pair.submit("large")
    assert await pair.running(first, other) == [True, True]
    assert await pair.waits(other) == ""
    assert (pair.small.running, pair.large.running) == (1, 1)


async def test_within_a_rank_the_task_for_the_loaded_model_goes_first(pair: Pair) -> None:
    await pair.open(max_running=1)
    first, other, third = [await pair.submit(name) for name in ("small", "large", "small")]
    await pair.write()
    ended = [await pair.world.status(task_id) for task_id in (first, other, third)]
    assert ended == [TaskStatus.COMPLETED, TaskStatus.RUNNING, TaskStatus.COMPLETED]
    await pair.world.clock.advance(LINGER_SECONDS)
    await pair.write()
    assert await pair.world.status(other) is TaskStatus.COMPLETED
    assert [model.loads for model in (pair.small, pair.large)] == [1, 1]


async def test_a_later_rank_does_not_go_before_a_task_for_another_model(pair: Pair) -> None:
    await pair.open()
    await pair.submit("small")
    other = await pair.submit("large")
    await pair.world.clock.advance(PATIENCE - 1)
    late = await pair.submit("small", priority=4)
    assert await pair.running(other, late) == [False, False]


async def test_a_task_that_waited_long_for_its_model_gets_a_part_of_the_time(pair: Pair) -> None:
    await pair.open()
    first, other = await pair.submit("small"), await pair.submit("large")
    pair.writing.let_pass(1)
    await pair.world.clock.advance(PATIENCE)
    assert await pair.running(first, other) == [True, True]
    assert (pair.small.running, pair.large.running) == (1, 0)  # the answer under way is not disturbed
    await pair.write(4)
    assert (pair.small.running, pair.large.running) == (1, 0)  # nor is a model unloaded that is still wanted
    await pair.write()
    await pair.world.clock.advance(LINGER_SECONDS)
    await pair.write()
    assert await pair.world.status(other) is TaskStatus.COMPLETED


async def test_a_more_important_task_overtakes_at_the_next_question(pair: Pair) -> None:
    await pair.open()
    first = await pair.submit("small")
    urgent = await pair.submit("large", priority=9)
    assert await pair.running(first, urgent) == [True, True]
    assert (pair.small.running, pair.large.running) == (1, 0)
    await pair.write(5)
    assert (pair.small.running, pair.large.running) == (0, 1)
    assert len(pair.small.prompts) == 1

    for _ in range(30):
        pair.large.pulse += 1
        await pair.world.clock.advance(1)
    assert "TaskStalled" not in await pair.world.happened(first)  # the one that it waits for works
    await pair.write()
    await pair.world.clock.advance(LINGER_SECONDS)
    await pair.write()
    assert [await pair.world.status(each) for each in (first, urgent)] == [TaskStatus.COMPLETED] * 2


async def test_a_more_important_task_does_not_wait_for_a_place(pair: Pair) -> None:
    await pair.open(max_running=1)
    first, equal, urgent = [await pair.submit("small", priority) for priority in (5, 5, 9)]
    assert await pair.running(first, equal, urgent) == [True, False, True]


async def test_somebody_who_waits_for_the_answer_of_another_model_goes_next(pair: Pair) -> None:
    await pair.open()
    first = await pair.submit("small")

    async def ask() -> Answer:
        return await pair.world.engine.ask("large", ASIDE, lambda _sign: None)

    asking = asyncio.create_task(ask())
    await pair.write(5)
    assert (pair.small.running, pair.large.running) == (0, 1)
    await pair.write()
    assert (await asking).text == "And how deep is it?"
    await pair.world.clock.advance(LINGER_SECONDS)
    await pair.write()
    assert await pair.world.status(first) is TaskStatus.COMPLETED
    assert [model.loads for model in (pair.small, pair.large)] == [2, 1]


async def test_the_time_left_of_a_queued_task_has_the_load_of_its_model_in_it(pair: Pair) -> None:
    loading = pair.large.loading_pace = Barrier()
    await pair.open(max_running=1)
    begun = await pair.submit("large")
    await pair.world.clock.advance(40)
    loading.let_pass()
    await pair.write()
    assert await pair.world.status(begun) is TaskStatus.COMPLETED
    await pair.large.unload()

    await pair.submit("small")
    queued = [await pair.submit("large") for _ in range(2)]
    await pair.world.clock.advance(PULSE)
    first, second = [(await pair.world.engine.task(task_id)).estimate for task_id in queued]
    assert first is not None
    assert second is not None
    own = second.seconds - first.seconds
    assert first.seconds - own > 40


async def test_a_task_whose_model_is_gone_is_started_and_says_so(pair: Pair) -> None:
    await pair.open(max_running=1)
    await pair.submit("small")
    gone = await pair.submit("large")
    await pair.world.engine.stop()
    pair.models.models = (pair.small,)
    await pair.open(max_running=1)
    assert await pair.waits(gone) == ""
    await pair.write()
    failed = await pair.world.engine.task(gone)
    assert failed.status is TaskStatus.FAILED
    assert failed.failure is not None
    assert failed.failure.type == UnknownModel.__name__


class Fits:
    """Says whether models fit, and counts how often it is asked; the answer can be held back."""

    def __init__(self) -> None:
        self.answer = False
        self.asked = 0
        self.ready = asyncio.Event()

    async def fit_together(self, paths: Sequence[str]) -> bool:
        self.asked += 1
        await self.ready.wait()
        return self.answer


async def test_what_fits_is_found_out_in_the_background_and_again_after_a_while() -> None:
    clock, fits, news = FakeClock(), Fits(), []
    neighbours = Neighbours(fits, clock, lambda: news.append("news"))  # type: ignore[arg-type]
    both = frozenset(("a", "b"))
    assert neighbours.fit(frozenset("a"))
    for _ in range(3):
        assert not neighbours.fit(both)
        assert not neighbours.clash(both)  # nobody knows yet
        await clock.pass_on()
    fits.ready.set()
    await clock.pass_on()
    assert neighbours.clash(both)
    assert (fits.asked, news) == (1, [])

    fits.answer = True
    await clock.advance(HOLDS_SECONDS)
    assert not neighbours.fit(both)
    await clock.pass_on()
    assert neighbours.fit(both)
    assert not neighbours.clash(both)
    assert (fits.asked, news) == (2, ["news"])

    fits.ready.clear()
    await clock.advance(HOLDS_SECONDS)
    assert neighbours.fit(both)
    await clock.pass_on()
    await neighbours.close()
    assert fits.asked == 3


async def test_a_task_for_a_model_elsewhere_waits_for_no_memory(pair: Pair) -> None:
    pair.large.host = "gpu-box"
    await pair.open()
    here, there = [await pair.submit(name) for name in ("small", "large")]
    assert await pair.running(here, there) == [True, True]
    assert (pair.small.is_loaded, pair.large.is_loaded) == (True, True)
