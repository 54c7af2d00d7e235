"""Whose turn it is with the models, and which of them are in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import pytest

from desktop.engine.identifiers import TaskId
from desktop.engine.model_turns import LINGER_SECONDS, SWITCH_PATIENCE, ModelTurns
from tests.fakes.fake_clock import FakeClock
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels


class Caller:
    """Has a turn with a model, and keeps it until told otherwise."""

    def __init__(self, house: "House", name: str, model: int, priority: int, takes_slot: bool = True) -> None:
        self.inside = False
        self.leave = asyncio.Event()
        self.left: Callable[[], object] = bool  # called in the moment in which the turn is over
        self.aio_task = asyncio.create_task(self._call(house, TaskId(name), model, priority, takes_slot))

    async def _call(self, house: "House", task_id: TaskId, number: int, priority: int, takes_slot: bool) -> None:
        model = house.models[number]
        lodger = house.turns.lodger(model)
        async with house.turns.turn(lodger, priority, task_id, takes_slot=takes_slot):
            house.turns.has_loaded(lodger, await model.load())
            self.inside = True
            await self.leave.wait()
        self.inside = False
        self.left()


class House:
    """Two models, of which one fits into memory unless said otherwise, with one slot each."""

    def __init__(self, room: int = 1, slots: int = 1) -> None:
        self.clock = FakeClock()
        self.models = [ScriptedModel(name=name, slots=slots) for name in ("small", "large")]
        self.all = ScriptedModels(*self.models, room=room)
        self.turns = ModelTurns(self.all, self.clock)
        self.callers: list[Caller] = []

    async def call(self, name: str, model: int = 0, priority: int = 5, *, takes_slot: bool = True) -> Caller:
        caller = Caller(self, name, model, priority, takes_slot)
        self.callers.append(caller)
        await self.clock.pass_on()
        return caller

    async def end(self, caller: Caller) -> None:
        caller.leave.set()
        await self.clock.pass_on()

    def loaded(self) -> list[bool]:
        return [model.is_loaded for model in self.models]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    yield house
    for caller in house.callers:
        caller.aio_task.cancel()
    await asyncio.gather(*(caller.aio_task for caller in house.callers), return_exceptions=True)
    await house.turns.close()


async def test_a_free_slot_goes_to_the_highest_priority_then_to_the_oldest_task(house: House) -> None:
    first = await house.call("a")
    late, early, urgent = await house.call("c"), await house.call("b"), await house.call("d", priority=9)
    order = []
    for holder in (first, urgent, early, late):
        order.append(holder.inside)
        await house.end(holder)
    assert order == [True, True, True, True]


async def test_a_caller_that_gives_up_leaves_the_line(house: House) -> None:
    holder, waiting = await house.call("a"), await house.call("b")
    waiting.aio_task.cancel()
    await asyncio.wait([waiting.aio_task])
    await house.end(holder)
    assert (await house.call("c")).inside


async def test_a_slot_handed_to_a_caller_that_gives_up_in_the_same_moment_is_not_lost(house: House) -> None:
    holder, waiting = await house.call("a"), await house.call("b")
    holder.left = waiting.aio_task.cancel
    await house.end(holder)
    assert not waiting.inside
    assert (await house.call("c")).inside


async def test_a_call_that_was_cancelled_before_its_turn_is_passed_over(house: House) -> None:
    holder, given_up, next_one = await house.call("a"), await house.call("b"), await house.call("c")
    holder.leave.set()
    given_up.aio_task.cancel()  # both happen before anyone has a turn
    await house.clock.pass_on()
    assert next_one.inside
    assert not (await house.call("d")).inside  # there is still one slot only


async def test_what_needs_no_slot_does_not_wait_for_one(house: House) -> None:
    await house.call("a")
    assert (await house.call("b", takes_slot=False)).inside


@pytest.mark.parametrize("slots", [1, 3])
async def test_a_reload_may_bring_another_number_of_slots(house: House, slots: int) -> None:
    model = house.models[0]
    model.loaded = replace(model.loaded, slots=2)
    holders = [await house.call("a"), await house.call("b"), await house.call("c")]
    assert [holder.inside for holder in holders] == [True, True, False]
    for holder in holders:
        await house.end(holder)
    await model.unload()
    model.loaded = replace(model.loaded, slots=slots)

    again = [await house.call(name) for name in "defg"]
    assert [caller.inside for caller in again] == [number < slots for number in range(4)]


async def test_models_that_fit_are_loaded_side_by_side(house: House) -> None:
    house.all.room = 2
    first, second = await house.call("a"), await house.call("b", 1)
    assert (first.inside, second.inside) == (True, True)
    assert house.loaded() == [True, True]


async def test_a_model_that_does_not_fit_waits_until_the_other_one_is_unused_and_gone(house: House) -> None:
    first, second = await house.call("a"), await house.call("b", 1)
    assert (first.inside, second.inside) == (True, False)
    await house.end(first)
    await house.clock.advance(LINGER_SECONDS - 1)  # it might be asked the next question
    assert house.loaded() == [True, False]
    await house.clock.advance(1)
    assert house.loaded() == [False, True]
    assert second.inside


async def test_a_model_stays_for_the_next_question_of_an_equally_urgent_task(house: House) -> None:
    first, other = await house.call("a"), await house.call("b", 1)
    for _ in range(5):
        await house.end(first)
        await house.clock.advance(LINGER_SECONDS - 1)
        first = await house.call("a")
        assert first.inside
    assert not other.inside
    assert house.models[0].loads == 1


async def test_who_waits_for_another_model_becomes_more_urgent(house: House) -> None:
    first, other = await house.call("a"), await house.call("b", 1)
    await house.clock.advance(SWITCH_PATIENCE)
    second = await house.call("a")
    await house.end(first)
    assert other.inside  # without lingering: those who ask now are less urgent
    assert not second.inside
    await house.end(other)
    await house.clock.advance(LINGER_SECONDS)
    assert second.inside
    assert [model.loads for model in house.models] == [2, 1]


async def test_an_urgent_question_to_another_model_goes_next_and_disturbs_none_under_way(house: House) -> None:
    under_way, behind = await house.call("a"), await house.call("b")
    urgent = await house.call("", 1, priority=10)
    assert (under_way.inside, urgent.inside) == (True, False)
    await house.end(under_way)
    assert (urgent.inside, behind.inside) == (True, False)
    await house.end(urgent)
    await house.clock.advance(LINGER_SECONDS)
    assert behind.inside


async def test_an_urgent_one_is_not_made_to_wait_while_a_model_lingers(house: House) -> None:
    first, other = await house.call("a"), await house.call("b", 1)
    await house.end(first)
    await house.clock.advance(1)
    urgent = await house.call("c", 1, priority=9)
    assert house.loaded() == [False, True]
    assert urgent.inside
    await house.end(urgent)
    assert other.inside


async def test_who_gives_up_another_model_holds_nobody_up_any_more(house: House) -> None:
    first, urgent, second = await house.call("a"), await house.call("b", 1, 9), await house.call("c")
    await house.end(first)
    assert (urgent.inside, second.inside) == (True, False)
    urgent.aio_task.cancel()
    waiting = await house.call("d", 1)
    assert (waiting.inside, second.inside) == (True, False)
    third = await house.call("e", 0, 9)
    third.aio_task.cancel()
    await house.clock.pass_on()
    assert (await house.call("f", 1, takes_slot=False)).inside


async def test_a_model_that_idled_or_broke_makes_room_by_itself(house: House) -> None:
    await house.end(await house.call("a"))
    await house.models[0].unload()
    assert (await house.call("b", 1)).inside
    assert not (await house.call("a")).inside


async def test_of_several_unused_models_those_go_that_were_left_first_and_no_more_than_have_to(house: House) -> None:
    house.models.append(ScriptedModel(name="third", slots=1))
    house.all.room = 2
    for number in (0, 1):
        await house.end(await house.call("a", number))
        await house.clock.advance(1)
    await house.clock.advance(LINGER_SECONDS)
    assert (await house.call("b", 2)).inside
    assert house.loaded() == [False, True, True]


@pytest.mark.expected_log("no room could be made for a model")
async def test_a_fault_in_making_room_costs_one_try(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(paths: Sequence[str]) -> bool:
        raise OSError("the disk is gone")

    first = await house.call("a")
    with monkeypatch.context() as patch:
        patch.setattr(house.all, "fit_together", fail)
        other = await house.call("b", 1)
    await house.end(first)
    await house.clock.advance(LINGER_SECONDS)
    assert other.inside


async def test_a_model_that_comes_in_while_it_is_asked_what_fits_counts(house: House) -> None:
    house.models.append(ScriptedModel(name="third", slots=1))
    asked: list[list[str]] = []
    fit_together = house.all.fit_together

    async def fit(paths: Sequence[str]) -> bool:
        asked.append([path.removeprefix("/models/").removesuffix(".gguf") for path in paths])
        if len(asked) == 1:
            await house.models[0].unload()  # in the middle of the question
            house.callers.append(Caller(house, "c", 2, 5))
            await asyncio.sleep(0)
        return await fit_together(paths)

    house.all.fit_together = fit  # type: ignore[method-assign]
    await house.end(await house.call("a"))
    other = await house.call("b", 1)
    assert other.inside
    assert sum(house.loaded()) == 1


async def test_who_waits_for_another_model_sees_life_as_long_as_that_one_shows_it(house: House) -> None:
    await house.call("a")
    before = house.turns.pulse
    house.turns.lodger(house.models[1])
    house.models[0].pulse += 1
    assert house.turns.pulse == before + 1
    assert house.turns.loaded == {"/models/small.gguf"}


async def test_a_model_elsewhere_waits_for_no_room_and_makes_none(house: House) -> None:
    house.models.append(ScriptedModel(name="elsewhere", slots=1, host="gpu-box"))
    first, urgent = await house.call("a"), await house.call("b", 1, priority=9)
    there = await house.call("c", 2, priority=1)
    assert (first.inside, urgent.inside, there.inside) == (True, False, True)
    assert not (await house.call("d", 2)).inside  # it has one slot
    await house.end(there)
    await house.end(first)
    assert urgent.inside
    assert house.loaded() == [False, True, True]
    assert house.models[2].unloads == 0
    await house.models[2].unload()  # it failed, say
    await house.end(house.callers[-1])
    assert (await house.call("e", 2)).inside


async def test_a_model_that_waits_for_room_shows_no_life_of_one_elsewhere(house: House) -> None:
    house.models.append(ScriptedModel(name="elsewhere", slots=1, host="gpu-box"))
    await house.call("a")
    await house.call("b", 1)
    before = house.turns.pulse
    await house.call("c", 2)
    assert house.turns.pulse == before


async def test_no_model_is_let_in_while_another_one_still_goes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    small, gone = house.models[0], asyncio.Event()
    unload = small.unload

    async def slowly() -> None:
        await gone.wait()
        await unload()

    monkeypatch.setattr(small, "unload", slowly)
    await house.end(await house.call("a"))
    waiting = await house.call("b", 1)
    await house.clock.advance(LINGER_SECONDS)
    late = await house.call("c", 1)  # whoever comes has it looked at again
    assert (waiting.inside, late.inside) == (False, False)
    gone.set()
    await house.clock.pass_on()
    assert waiting.inside
