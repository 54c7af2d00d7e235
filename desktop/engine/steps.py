"""The steps of a run: each carried out once, in attempts, counted, told of and remembered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from desktop.engine.attempts import Attempts
from desktop.engine.events import ItemFinished, PlanMade, StepFinished, StepStarted
from desktop.engine.inference import LoadedModel
from desktop.engine.journal import Journal, decode_result, hash_inputs, new_entry
from desktop.engine.model_call import ItemInFlight
from desktop.engine.nested_plan import NestedPlan
from desktop.engine.plan import PlannedStep, StepStatus
from desktop.engine.ports import Clock
from desktop.engine.progress import ProgressTracker
from desktop.engine.run_storage import RunStorage

T = TypeVar("T")
Item = TypeVar("Item")

OUTSIDE: Final = ""
"""The step that the attempts at what an agent does outside of its steps are told of."""

_current_step: ContextVar[str] = ContextVar("current_step", default="")
_current_item: ContextVar[ItemInFlight | None] = ContextVar("current_item", default=None)


def current_step() -> str:
    """The step that is being carried out where this is called; empty between steps."""
    return _current_step.get()


def current_item() -> ItemInFlight | None:
    """The item, or the step itself, that is being worked on where this is called."""
    return _current_item.get()


@dataclass(slots=True, kw_only=True)
class Steps:
    """Carries out the steps of one run."""

    journal: Journal
    clock: Clock
    tracker: ProgressTracker
    attempts: Attempts
    kept: RunStorage
    load: Callable[[], Awaitable[LoadedModel]]
    refresh: Callable[[], None]  # bring what is shown up to date
    parts: NestedPlan = field(default_factory=NestedPlan)

    async def plan(self, steps: Sequence[PlannedStep], part: str = "") -> None:
        """Say, or revise, what the run or a part of it intends; `part` is the part's full name."""
        whole = self.parts.take(steps, part)
        self.tracker.plan(whole)
        self.refresh()
        await self.kept.record(self.kept.live.event(PlanMade, steps=whole))

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """`await function(*arguments)`, once in the life of this run."""
        inputs_hash = hash_inputs(arguments)
        remembered = self.journal.recall(name, "", inputs_hash)
        if remembered is not None:
            return decode_result(remembered, function)
        with self._running(name):
            await self._begin(name)
            began = self.clock.monotonic()
            result = await self._attempt(name, function, *arguments)
            entry = new_entry(self.kept.live.task, name, "", inputs_hash, result, self.clock.monotonic() - began)
            seconds = self.tracker.stop(name, StepStatus.DONE)
            self.refresh()
            await self.kept.record(self.kept.live.event(StepFinished, step=name, seconds=seconds), entry=entry)
            self.journal.add(entry)
        return result

    async def map(
        self,
        name: str,
        items: Sequence[Item],
        function: Callable[[Item], Awaitable[T]],
        *,
        width: int | None = None,
        on_result: Callable[[T], Awaitable[None]] | None = None,
    ) -> list[T]:
        """`function` of each item, in parallel, each remembered on its own."""
        results: dict[int, T] = {}
        missing: list[tuple[int, Item, str]] = []
        for index, item in enumerate(items):
            inputs_hash = hash_inputs(item)
            remembered = self.journal.recall(name, str(index), inputs_hash)
            if remembered is None:
                missing.append((index, item, inputs_hash))
            else:
                results[index] = decode_result(remembered, function)
        tell = on_result or _nobody
        for result in results.values():
            await tell(result)
        if missing or self.tracker.expects(name):
            await self._work_off(name, len(items), missing, function, results, width, tell)
        return [results[index] for index in range(len(items))]

    async def robustly(self, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """What an agent does outside of its steps is tried as often as they are; inside, the step is tried again."""
        if _current_step.get():
            return await function(*arguments)
        return await self.attempts.persist(OUTSIDE, partial(function, *arguments))

    def recall(self, step: str, item: str, inputs: object) -> bytes | None:
        """What is remembered under that step and item for these inputs, as JSON; None where nothing is."""
        entry = self.journal.recall(step, item, hash_inputs(inputs))
        return None if entry is None else entry.result

    async def note(self, step: str, item: str, inputs: object, result: object) -> None:
        """Remember something that is no step's result; it is in the store when this returns."""
        entry = new_entry(self.kept.live.task, step, item, hash_inputs(inputs), result, 0.0)
        await self.kept.record(entry=entry)
        self.journal.add(entry)

    async def _work_off(
        self,
        name: str,
        total: int,
        missing: list[tuple[int, Item, str]],
        function: Callable[[Item], Awaitable[T]],
        results: dict[int, T],
        width: int | None,
        tell: Callable[[T], Awaitable[None]],
    ) -> None:
        with self._running(name):
            await self._begin(name, total)
            self.tracker.count(name, len(results))
            if missing:
                await self._work_in_parallel(name, total, missing, function, results, width, tell)
            seconds = self.tracker.stop(name, StepStatus.DONE)
            self.refresh()
            await self.kept.record(self.kept.live.event(StepFinished, step=name, seconds=seconds))

    async def _work_in_parallel(
        self,
        name: str,
        total: int,
        missing: list[tuple[int, Item, str]],
        function: Callable[[Item], Awaitable[T]],
        results: dict[int, T],
        width: int | None,
        tell: Callable[[T], Awaitable[None]],
    ) -> None:
        todo = iter(missing)
        if width is None:  # one more in each slot's queue: a slot never waits for the journal
            width = 2 * (await self._attempt(name, self.load)).slots

        async def worker() -> None:
            for index, item, inputs_hash in todo:
                await tell(await self._do_item(name, total, index, item, inputs_hash, function, results))

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(min(width, len(missing))):
                    group.create_task(worker(), name=f"{self.kept.live.task.task_id} {name} {number}")
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _do_item(
        self,
        name: str,
        total: int,
        index: int,
        item: Item,
        inputs_hash: str,
        function: Callable[[Item], Awaitable[T]],
        results: dict[int, T],
    ) -> T:
        began = self.clock.monotonic()
        result = await self._attempt(name, function, item)
        seconds = self.clock.monotonic() - began
        entry = new_entry(self.kept.live.task, name, str(index), inputs_hash, result, seconds)
        results[index] = result
        self.tracker.count(name, len(results))
        self.refresh()
        done = self.kept.live.event(ItemFinished, step=name, done=len(results), total=total)
        await self.kept.record(done, entry=entry)
        self.journal.add(entry)
        return result

    async def _begin(self, name: str, total: int | None = None) -> None:
        self.tracker.start(name, total)
        self.refresh()
        await self.kept.record(self.kept.live.event(StepStarted, step=name))

    @contextmanager
    def _running(self, name: str) -> Iterator[None]:
        if _current_step.get():
            raise RuntimeError(f"step {name!r} was begun inside of step {_current_step.get()!r}")
        token = _current_step.set(name)
        try:
            yield
        except BaseException as error:
            cancelled = isinstance(error, asyncio.CancelledError)
            self.tracker.stop(name, StepStatus.PENDING if cancelled else StepStatus.FAILED)
            raise
        finally:
            _current_step.reset(token)

    async def _attempt(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        return await self.attempts.persist(name, partial(self._try, name, function, *arguments))

    async def _try(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """One attempt; what the model does in it counts for this step, until it succeeds or is in vain."""
        with self.tracker.item(name) as item:
            token = _current_item.set(item)
            try:
                return await function(*arguments)
            finally:
                _current_item.reset(token)


async def _nobody(_result: object) -> None:
    """Hears a result where nobody wants to."""
