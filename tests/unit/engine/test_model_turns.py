"""The gate to the runtime's slots."""

import asyncio

from desktop.engine.identifiers import TaskId
from desktop.engine.slots import SlotGate
from tests.fakes.fake_clock import FakeClock


class Caller:
    """Takes a slot and holds it until told otherwise."""

    def __init__(self, gate: SlotGate, name: str, priority: int = 5) -> None:
        self.inside = False
        self.leave = asyncio.Event()
        self.aio_task = asyncio.create_task(self._call(gate, TaskId(name), priority))

    async def _call(self, gate: SlotGate, task_id: TaskId, priority: int) -> None:
        async with gate.slot(priority, task_id):
            self.inside = True
            await self.leave.wait()
        self.inside = False


async def test_a_free_slot_goes_to_the_highest_priority_then_to_the_oldest_task() -> None:
    clock = FakeClock()
    gate = SlotGate(1, clock)
    first = Caller(gate, "a")
    await clock.pass_on(5)
    late, early, urgent = Caller(gate, "c"), Caller(gate, "b"), Caller(gate, "d", priority=9)
    await clock.pass_on(5)
    order = []
    for holder in (first, urgent, early, late):
        order.append(holder.inside)
        holder.leave.set()
        await clock.pass_on(5)
    assert order == [True, True, True, True]


async def test_a_caller_that_gives_up_leaves_the_line() -> None:
    clock = FakeClock()
    gate = SlotGate(1, clock)
    holder = Caller(gate, "a")
    await clock.pass_on(5)
    waiting = Caller(gate, "b")
    await clock.pass_on(5)
    waiting.aio_task.cancel()
    await asyncio.wait([waiting.aio_task])
    holder.leave.set()
    await clock.pass_on(5)
    after = Caller(gate, "c")
    await clock.pass_on(5)
    assert after.inside
    after.leave.set()
    await after.aio_task


async def test_a_slot_handed_to_a_caller_that_gives_up_in_the_same_moment_is_not_lost() -> None:
    clock = FakeClock()
    gate = SlotGate(1, clock)
    holder = Caller(gate, "a")
    await clock.pass_on(5)
    waiting = Caller(gate, "b")
    await clock.pass_on(5)
    gate._release()
    waiting.aio_task.cancel()
    await asyncio.wait([waiting.aio_task])
    after = Caller(gate, "c")
    await clock.pass_on(5)
    assert after.inside
    for caller in (holder, after):
        caller.leave.set()
        await caller.aio_task


async def test_a_call_that_was_cancelled_before_its_turn_is_passed_over() -> None:
    clock = FakeClock()
    gate = SlotGate(1, clock)
    holder = Caller(gate, "a")
    await clock.pass_on(5)
    given_up, next_one = Caller(gate, "b"), Caller(gate, "c")
    await clock.pass_on(5)
    holder.leave.set()
    given_up.aio_task.cancel()  # both happen before anyone has a turn
    await clock.pass_on(5)
    assert next_one.inside
    behind = Caller(gate, "d")
    await clock.pass_on(5)
    assert not behind.inside  # there is still one slot only
    for caller in (next_one, behind):
        caller.leave.set()
        await caller.aio_task
