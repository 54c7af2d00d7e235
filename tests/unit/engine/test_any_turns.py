"""Whoever asks which model in whatever order: what fits is loaded, priorities hold, and nobody starves."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desktop.engine.identifiers import TaskId
from desktop.engine.model_turns import PATIENCE, SWITCH_PATIENCE, ModelTurns
from desktop.engine.ranking import Ticket, rank
from tests.fakes.fake_clock import FakeClock
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels

MODELS = 3
SLOTS = 2
HIGHEST = 10


class Asker:
    """Waits for its turn with a model, and has it until told otherwise."""

    def __init__(self, machine: "AnyTurns", number: int, model: ScriptedModel, priority: int, slot: bool) -> None:
        since = machine.clock.monotonic()
        self.ticket = Ticket(priority=priority, task_id=TaskId(f"{number:05}"), since=since, number=number)
        self.model, self.slot = model, slot
        self.is_waiting, self.is_inside = True, False
        self.leave = asyncio.Event()
        self.aio_task = asyncio.create_task(self._ask(machine))

    async def _ask(self, machine: "AnyTurns") -> None:
        lodger = machine.turns.lodger(self.model)
        try:
            async with machine.turns.turn(lodger, self.ticket.priority, self.ticket.task_id, takes_slot=self.slot):
                self.is_waiting, self.is_inside = False, True
                machine.check_entry(self)
                machine.turns.has_loaded(lodger, await self.model.load())
                await self.leave.wait()
        finally:
            self.is_waiting = self.is_inside = False


class AnyTurns(RuleBasedStateMachine):
    """Up to three models of which one or two fit into memory."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        self.askers: list[Asker] = []
        self.number = 0
        self.overtaken: list[str] = []

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        async def and_settle() -> None:
            await work
            await self.clock.pass_on(60)

        self.runner.run(and_settle())

    @initialize(room=st.integers(1, 2))
    def move_in(self, room: int) -> None:
        self.models = [ScriptedModel(name=f"model {number}", slots=SLOTS) for number in range(MODELS)]
        self.room = room
        self.turns = ModelTurns(ScriptedModels(*self.models, room=room), self.clock)

    @rule(
        model=st.integers(0, MODELS - 1),
        priorities=st.lists(st.integers(0, HIGHEST), min_size=1, max_size=5),
        slot=st.booleans(),
    )
    def ask(self, model: int, priorities: list[int], slot: bool) -> None:
        for priority in priorities:
            self.do(self.come(model, priority, slot))

    async def come(self, model: int, priority: int, slot: bool) -> None:
        self.number += 1
        self.askers.append(Asker(self, self.number, self.models[model], priority, slot))

    @rule(which=st.integers(0, 20))
    def finish(self, which: int) -> None:
        if inside := [asker for asker in self.askers if asker.is_inside]:
            inside[which % len(inside)].leave.set()
        self.do(asyncio.sleep(0))

    @rule(which=st.integers(0, 20), turns=st.integers(0, 3))
    def give_up(self, which: int, turns: int) -> None:
        async def soon() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            if self.askers:
                self.askers[which % len(self.askers)].aio_task.cancel()

        if inside := [asker for asker in self.askers if asker.is_inside]:
            inside[0].leave.set()
        self.do(soon())

    @rule(seconds=st.sampled_from([0.5, 5.0, 30.0, 300.0, 1000.0]))
    def pass_time(self, seconds: float) -> None:
        self.do(self.clock.advance(seconds))

    @rule(model=st.integers(0, MODELS - 1))
    def idle(self, model: int) -> None:
        """A model that nobody uses is unloaded by itself."""
        if not any(asker.is_inside and asker.model is self.models[model] for asker in self.askers):
            self.do(self.models[model].unload())

    def check_entry(self, entering: Asker) -> None:
        """Whoever waits for a slot of the same model must come after in one of the two orders at least."""
        for other in self.askers:
            if other.is_waiting and other.slot and entering.slot and other.model is entering.model:
                orders = [rank(other.ticket, patience) < rank(entering.ticket, patience) for patience in PATIENCES]
                if all(orders) and not other.aio_task.cancelling():
                    self.overtaken.append(f"{other.ticket} by {entering.ticket}")

    @invariant()
    def nobody_is_overtaken_by_who_comes_after(self) -> None:
        assert not self.overtaken

    @invariant()
    def no_more_is_loaded_than_fits(self) -> None:
        models = getattr(self, "models", [])
        assert sum(model.is_loaded for model in models) <= getattr(self, "room", 0)
        for model in models:
            assert sum(asker.is_inside and asker.slot and asker.model is model for asker in self.askers) <= SLOTS

    @invariant()
    def whoever_is_inside_has_its_model(self) -> None:
        assert all(asker.model.is_loaded for asker in self.askers if asker.is_inside)

    def teardown(self) -> None:
        if hasattr(self, "turns"):
            self.do(self.nobody_starves())
        self.runner.close()

    async def nobody_starves(self) -> None:
        """However urgent what goes on coming is, and though a model that is in never has nothing to do."""
        waiting = [asker for asker in self.askers if asker.is_waiting]
        for _ in range(HIGHEST + 3 + len(waiting)):
            before = list(self.askers)
            for model in range(MODELS):
                await self.come(model, HIGHEST, True)
            for asker in before:
                asker.leave.set()
            await self.clock.advance(SWITCH_PATIENCE)
        starved = [asker for asker in waiting if asker.is_waiting]
        for asker in self.askers:
            asker.aio_task.cancel()
        await asyncio.gather(*(asker.aio_task for asker in self.askers), return_exceptions=True)
        await self.turns.close()
        assert not starved


PATIENCES = (PATIENCE, SWITCH_PATIENCE)
TestAnyTurns = AnyTurns.TestCase
TestAnyTurns.settings = settings(deadline=None, max_examples=40, stateful_step_count=25)
