"""A run that is being carried out: the engine's side of the agent's `Run`."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from desktop.engine.asking import Asking
from desktop.engine.attempts import Attempts
from desktop.engine.documents import Document, DocumentReader, Source
from desktop.engine.estimate import Ratio, remaining_estimate, stalled_estimate
from desktop.engine.events import (
    Event,
    ItemFinished,
    LoadedWithLess,
    PlanMade,
    StepFinished,
    StepStarted,
    TaskRevived,
    TaskStalled,
)
from desktop.engine.inference import Answer, LoadedModel, Prompt
from desktop.engine.journal import Journal, decode_result, hash_inputs, new_entry
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.live_task import LiveTask
from desktop.engine.model_call import ItemInFlight
from desktop.engine.model_desk import GatedModel
from desktop.engine.plan import Activity, PlannedStep, StepStatus
from desktop.engine.ports import Clock, Files, StoredFile
from desktop.engine.progress import ProgressTracker
from desktop.engine.question import Question
from desktop.engine.result import Artifact
from desktop.engine.sandbox import Execution, Outcome, Sandbox, SandboxStanding
from desktop.engine.spent import Spent
from desktop.engine.stall_watch import GIVE_UP_SECONDS, StallWatch
from desktop.engine.storage_watch import StorageWatch
from desktop.engine.task import TaskRequest

T = TypeVar("T")
Item = TypeVar("Item")

OUTSIDE: Final = ""
"""The step that the attempts at what an agent does outside of its steps are told of."""

MAY_WAIT: Final = frozenset({Activity.LOADING, Activity.WAITING, Activity.READING})
"""What a model does while a run has nothing to show, as long as the model itself shows life."""

TICK_SECONDS: Final = 2.0
"""How often a run whose code is being executed shows that it waits for that."""

_current_step: ContextVar[str] = ContextVar("current_step", default="")
_current_item: ContextVar[ItemInFlight | None] = ContextVar("current_item", default=None)


@dataclass(slots=True, kw_only=True)
class ActiveRun:
    """Implements `Run`: journal, progress, attempts, and the shared slots; and keeps an eye on what moves."""

    live: LiveTask
    journal: Journal
    model: GatedModel
    reader: DocumentReader
    sandbox: Sandbox
    files: Files
    clock: Clock
    tracker: ProgressTracker
    prior: Ratio
    storage: StorageWatch
    attempts: Attempts = field(init=False)
    watch: StallWatch = field(init=False)
    asking: Asking = field(init=False)
    _given_up: tuple[str, ...] = ()  # what the loaded model does without, as it was last recorded
    _heard_before: int = 0  # what the model had let hear when the run was found stalled

    def __post_init__(self) -> None:
        self.attempts = Attempts(live=self.live, clock=self.clock, record=self._record)
        self.watch = StallWatch(clock=self.clock)
        self.asking = Asking(journal=self.journal)

    @property
    def request(self) -> TaskRequest:
        """What was asked for."""
        return self.live.task.request

    @property
    def spent(self) -> Spent:
        """What the run has used so far."""
        return self.tracker.spent()

    async def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Say, or revise, what the run intends."""
        self.tracker.plan(steps)
        self.refresh()
        await self._record(self.live.event(PlanMade, steps=tuple(steps)))

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
            entry = new_entry(self.live.task, name, "", inputs_hash, result, self.clock.monotonic() - began)
            seconds = self.tracker.stop(name, StepStatus.DONE)
            self.refresh()
            await self._record(self.live.event(StepFinished, step=name, seconds=seconds), entry=entry)
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
            await self._record(self.live.event(StepFinished, step=name, seconds=seconds))

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
            width = 2 * (await self._attempt(name, self.load_model)).slots

        async def worker() -> None:
            for index, item, inputs_hash in todo:
                await tell(await self._do_item(name, total, index, item, inputs_hash, function, results))

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(min(width, len(missing))):
                    group.create_task(worker(), name=f"{self.live.task.task_id} {name} {number}")
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
        entry = new_entry(self.live.task, name, str(index), inputs_hash, result, self.clock.monotonic() - began)
        results[index] = result
        self.tracker.count(name, len(results))
        self.refresh()
        done = self.live.event(ItemFinished, step=name, done=len(results), total=total)
        await self._record(done, entry=entry)
        self.journal.add(entry)
        return result

    async def _begin(self, name: str, total: int | None = None) -> None:
        self.tracker.start(name, total)
        self.refresh()
        await self._record(self.live.event(StepStarted, step=name))

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

    async def _robustly(self, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """What an agent does outside of its steps is tried as often as they are; inside, the step is tried again."""
        if _current_step.get():
            return await function(*arguments)
        return await self.attempts.persist(OUTSIDE, partial(function, *arguments))

    async def load_model(self) -> LoadedModel:
        """The task's model as it is loaded."""
        return await self._robustly(self._load)

    async def ask(self, prompt: Prompt) -> Answer:
        """The model's answer, when it is this task's turn."""
        return await self._robustly(self._ask, prompt)

    async def ask_person(self, question: Question) -> str:
        """The person's answer."""
        if _current_step.get():
            raise RuntimeError(f"the person was asked inside of step {_current_step.get()!r}")
        return await self.asking.answer_to(question)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets."""
        return await self._robustly(self._token_ends, text)

    async def sources(self) -> tuple[Source, ...]:
        """The documents behind the request's inputs."""
        return await self._robustly(self.reader.sources, self.request.inputs)

    async def read(self, source: Source) -> Document:
        """A document's text. Raises `UnreadableDocument`."""
        return await self._robustly(self._read, source)

    async def sandbox_standing(self) -> SandboxStanding:
        """How code can be run on this machine."""
        return await self.sandbox.look()

    async def execute(self, execution: Execution) -> Outcome:
        """Run code in the sandbox, whose limits see to it that it ends: until then it counts as alive."""
        ticking = asyncio.create_task(self._tick(), name=f"{self.live.task.task_id} executes")
        try:
            return await self.sandbox.run(execution)
        finally:
            ticking.cancel()

    async def _tick(self) -> None:
        while True:
            self.tracker.life.give()
            await self.clock.sleep(TICK_SECONDS)

    async def _load(self) -> LoadedModel:
        with self.tracker.loading():
            loaded = await self.model.load(self.request.priority, self.live.task.task_id)
        self.tracker.usage.load(loaded)
        if loaded.given_up != self._given_up:
            self._given_up = loaded.given_up
            if loaded.given_up:
                await self._record(self.live.event(LoadedWithLess, given_up=loaded.given_up))
        return loaded

    async def _ask(self, prompt: Prompt) -> Answer:
        await self._load()
        with self.tracker.call(_current_item.get() or ItemInFlight()) as call:
            answer = await self.model.answer(prompt, call, self.request.priority, self.live.task.task_id)
        self.tracker.usage.see_memory(self.model.model.memory)
        return answer

    async def _token_ends(self, text: str) -> tuple[int, ...]:
        await self._load()
        ends = await self.model.token_ends(text, self.request.priority, self.live.task.task_id)
        self.tracker.life.give()
        return ends

    async def _read(self, source: Source) -> Document:
        try:
            return await self.reader.read(source)
        finally:
            self.tracker.life.give()

    async def write_file(self, name: str, content: bytes) -> None:
        """Keep a working file in the run's folder."""
        await self._write(f"work/{name}", content)

    async def read_file(self, name: str) -> bytes:
        """A working file's content."""
        task = self.live.task
        return await self._insist(lambda: self.files.read(task.task_id, task.run, f"work/{name}"), in_line=False)

    async def write_artifact(self, name: str, media_type: str, content: bytes) -> Artifact:
        """Keep a file that belongs to the result."""
        stored = await self._write(f"artifacts/{name}", content)
        return Artifact(name=name, media_type=media_type, size=stored.size, sha256=stored.sha256)

    async def show_draft(self, markdown: str) -> None:
        """Show what there is so far."""
        self.live.show(draft=markdown)

    async def _record(self, event: Event, *, entry: JournalEntry | None = None) -> None:
        await self._insist(lambda: self.live.record(event, entry=entry), in_line=True)

    async def _write(self, name: str, content: bytes) -> StoredFile:
        task = self.live.task
        return await self._insist(lambda: self.files.write(task.task_id, task.run, name, content), in_line=False)

    async def _insist(self, access: Callable[[], Coroutine[Any, Any, T]], *, in_line: bool) -> T:
        """Wait out what keeps the data folder from being read and written."""
        timed = partial(self.storage.timed, access, self.live, in_line=in_line)
        return await self.storage.insist(self.live, timed, self.tracker.standing_still)

    def look(self) -> tuple[Event, ...]:
        """See what moves, give up what has not for long, and bring progress and time left up to date, in memory.

        Whoever calls it, several times a second, records the events.
        """
        before = self.watch.stalled
        activity = self.tracker.activity(model_reads=self.model.reads)
        waits = activity in MAY_WAIT
        if activity is not Activity.NONE:
            self.tracker.usage.see_memory(self.model.model.memory)
        self.watch.look(self.tracker.life.count, self.model.pulse if waits else -1)
        self.tracker.leave_out(self.watch.lost)
        self.refresh()
        now = self.watch.stalled
        if before < GIVE_UP_SECONDS <= now:
            self._give_up()
        if now and not before:
            self._heard_before = self.model.heard.count
            return (self.live.event(TaskStalled, seconds=now),)
        if before and not now:
            return (self.live.event(TaskRevived, seconds=before),)
        return ()

    def _give_up(self) -> None:
        """Let go of the attempts, and of a runtime that nobody else heard anything of either."""
        silence = f"{GIVE_UP_SECONDS / 60:.0f} minutes"
        asked = self.tracker.activity() is not Activity.NONE
        if asked and self.model.heard.count == self._heard_before:
            self.model.model.drop(f"gave no sign of work for {silence}")
        self.attempts.give_up(f"Nothing moved for {silence}, and the attempt was given up.")

    def rest(self) -> None:
        """Bring the progress up to date for the last time: nothing is waited for any more."""
        self.watch = StallWatch(clock=self.clock)
        self.refresh()

    def refresh(self) -> None:
        """Bring the task's progress, usage and time left up to date, in memory."""
        progress = replace(
            self.tracker.snapshot(model_reads=self.model.reads),
            quiet_seconds=float(round(self.watch.quiet)),
            stalled_seconds=float(round(self.watch.stalled)),
        )
        size = self.model.model.info.size
        estimate = remaining_estimate(progress.steps, self.tracker.fractions(), size, self.prior)
        self.live.show(
            progress=progress,
            usage=self.tracker.usage.usage(),
            estimate=stalled_estimate(estimate, self.watch.stalled, GIVE_UP_SECONDS),
        )


async def _nobody(_result: object) -> None:
    """Hears a result where nobody wants to."""
