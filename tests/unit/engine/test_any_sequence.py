"""Whatever is asked in whatever order, with the program killed in between: the lifecycle's promises hold."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desktop.engine import (
    TERMINAL,
    CannotComplete,
    ForbiddenTransition,
    InvalidRequest,
    PlannedStep,
    Question,
    QuestionAsked,
    Result,
    Run,
    RunNumber,
    Task,
    TaskId,
    TaskStatus,
    TaskUpdate,
    Work,
    may_follow,
    retry_steps,
)
from desktop.engine.active_run import ActiveRun
from tests.unit.engine.conftest import DONE, World
from tests.unit.engine.mortal_store import MortalStore, kill_all

T = TypeVar("T")
PLAN = [
    PlannedStep(name="read", title="Read", work=Work(seconds=1), total=2, unit="files"),
    PlannedStep(name="note", title="Note", work=Work(seconds=3), total=3, unit="pages"),
    PlannedStep(name="write", title="Write", work=Work(seconds=1)),
]

QUESTION = Question(text="May it take notes?", choices=("allow", "deny"))


class AnySequence(RuleBasedStateMachine):
    """Up to four tasks of three steps whose pieces of work end when a rule says so."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World()
        self.kept = self.world.store
        self.ids: list[TaskId] = []
        self.open_work: list[asyncio.Future[None]] = []
        self.begun_again: list[tuple[str, ...]] = []
        self.shown: dict[TaskId, tuple[RunNumber, TaskStatus]] = {}
        self.broken: list[str] = []
        self.ends: dict[tuple[TaskId, RunNumber], TaskStatus] = {}
        self.given: dict[tuple[TaskId, RunNumber], str] = {}
        self.mistaken: list[str] = []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        async def and_settle() -> T:
            result = await work
            await self.world.settle()
            return result

        return self.runner.run(and_settle())

    async def carry_out(self, run: Run) -> Result:
        assert isinstance(run, ActiveRun)
        task = run.live.task

        async def work(step: str, item: str) -> str:
            journal = await self.kept.journal(task.task_id, task.run)
            if any((entry.step, entry.item) == (step, item) for entry in journal):
                self.begun_again.append((task.task_id, str(task.run), step, item))
            turn = asyncio.get_running_loop().create_future()
            self.open_work.append(turn)
            await turn
            return f"{step} {item}"

        async def read(number: int) -> str:
            await run.write_file(str(number), b"text")
            return await work("read", str(number))

        async def note(number: int) -> str:
            await run.read_file(str(number % 2))
            return await work("note", str(number))

        async def write(notes: list[str]) -> str:
            return await work("write", "")

        await run.plan(PLAN)
        await run.map("read", [0, 1], read, width=2)
        answer = await run.ask_person(QUESTION)
        if self.given.get((task.task_id, task.run)) not in (answer, None):
            self.mistaken.append(answer)
        notes = await run.map("note", [0, 1, 2], note, width=2)
        return replace(DONE, summary=await run.step("write", write, notes))

    def hear(self, update: TaskUpdate) -> None:
        task = update.task
        known = self.shown.get(task.task_id)
        if known is not None and known[0] == task.run:
            if task.status is not known[1] and not may_follow(known[1], task.status):
                self.broken.append(f"{known[1]} to {task.status}")
        elif known is not None and (task.run != known[0] + 1 or known[1] not in TERMINAL):
            self.broken.append(f"run {task.run} after run {known[0]} that was {known[1]}")
        self.shown[task.task_id] = (task.run, task.status)

    async def open(self) -> None:
        self.world.store = MortalStore(self.kept)  # type: ignore[assignment]
        await self.world.open(self.carry_out, max_running=2)
        self.world.engine.subscribe(self.hear)

    @initialize()
    def start(self) -> None:
        self.do(self.open())

    @precondition(lambda self: len(self.ids) < 4)
    @rule()
    def submit(self) -> None:
        self.ids.append(self.do(self.world.submit()))

    @rule(act=st.sampled_from(["cancel", "pause", "resume", "retry"]), number=st.integers(0, 3))
    def steer(self, act: str, number: int) -> None:
        self.do(self.try_to(act, number))

    @rule(
        acts=st.lists(st.sampled_from(["cancel", "pause", "resume", "retry"]), min_size=2, max_size=3),
        number=st.integers(0, 3),
    )
    def steer_at_once(self, acts: list[str], number: int) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(self.try_to(act, number) for act in acts))

        self.do(all_of_them())

    @rule(number=st.integers(0, 3), answer=st.sampled_from(QUESTION.choices), again=st.booleans())
    def answer(self, number: int, answer: str, again: bool) -> None:
        if number < len(self.ids):
            for _ in range(1 + again):
                self.do(self.try_to_answer(self.ids[number], answer))

    async def try_to_answer(self, task_id: TaskId, answer: str) -> None:
        before = await self.world.engine.task(task_id)
        try:
            await self.world.engine.answer(task_id, answer)
        except ForbiddenTransition:
            assert before.status is not TaskStatus.WAITING
        else:
            assert self.given.setdefault((task_id, before.run), answer) == answer

    async def try_to(self, act: str, number: int) -> None:
        if number < len(self.ids):
            try:
                await getattr(self.world.engine, act)(self.ids[number])
            except ForbiddenTransition:
                assert act != "retry"

    @rule(number=st.integers(0, 3), step=st.sampled_from(["read", "note", "write"]))
    def retry_from(self, number: int, step: str) -> None:
        if number < len(self.ids):
            before = self.do(self.world.engine.task(self.ids[number]))
            possible = before.status not in TERMINAL or step in [each.name for each in retry_steps(before)]
            try:
                self.do(self.world.engine.retry(self.ids[number], step))
                assert possible
            except InvalidRequest:
                assert not possible

    @rule(number=st.integers(0, 9), count=st.integers(1, 4))
    def finish_work(self, number: int, count: int) -> None:
        for _ in range(count):
            self.end_one(number, None)

    @rule(number=st.integers(0, 9))
    def fail_work(self, number: int) -> None:
        self.end_one(number, CannotComplete("The pen broke.", hint="Take another."))

    def end_one(self, number: int, error: Exception | None) -> None:
        self.open_work = [turn for turn in self.open_work if not turn.done()]
        if self.open_work:
            turn = self.open_work[number % len(self.open_work)]
            turn.set_result(None) if error is None else turn.set_exception(error)
            self.do(asyncio.sleep(0))

    @rule(
        turns=st.integers(0, 12),
        number=st.integers(0, 3),
        act=st.sampled_from(["cancel", "pause", "retry", "answer", ""]),
    )
    def kill_and_start_again(self, turns: int, number: int, act: str) -> None:
        """Perhaps so soon after an order that it was not written yet."""
        self.runner.run(self.kill(turns, number, act))
        self.do(self.open())

    async def kill(self, turns: int, number: int, act: str) -> None:
        order = asyncio.create_task(self.order(act, number)) if act else None
        for _ in range(turns):
            await asyncio.sleep(0)
        self.world.store.is_dead = True  # type: ignore[attr-defined]
        await kill_all()
        if order is not None:
            await asyncio.gather(order, return_exceptions=True)
        self.open_work.clear()
        kept = [await self.kept.task(task_id) for task_id in self.ids]
        self.given |= {(task.task_id, task.run): task.answered.answer for task in kept if task.answered}
        self.shown = {task.task_id: (task.run, task.status) for task in kept}

    async def order(self, act: str, number: int) -> None:
        if act != "answer":
            await self.try_to(act, number)
        elif number < len(self.ids):
            with suppress(ForbiddenTransition):
                await self.world.engine.answer(self.ids[number], QUESTION.choices[0])

    @rule()
    def stop_and_start_again(self) -> None:
        self.do(self.world.engine.stop())
        self.open_work.clear()
        self.do(self.open())

    @invariant()
    def nothing_finished_is_begun_again(self) -> None:
        assert not self.begun_again

    @invariant()
    def an_answer_holds(self) -> None:
        assert not self.mistaken

    @invariant()
    def each_status_follows_from_the_one_before(self) -> None:
        assert not self.broken

    @invariant()
    def all_is_kept_in_order(self) -> None:
        for task_id in self.ids:
            self.runner.run(self.check(task_id))

    async def check(self, task_id: TaskId) -> None:
        task = await self.kept.task(task_id)
        assert (await self.world.engine.task(task_id)).status is task.status
        events = await self.kept.events(task_id)
        assert [each.number for each in events] == list(range(1, len(events) + 1))
        assert [each.event.run for each in events] == sorted(each.event.run for each in events)
        past = await self.kept.past_runs(task_id)
        assert [each.run for each in past] == list(range(1, task.run))
        for each in (*past, task):
            self.check_end(each)
        asked = Counter(each.event.run for each in events if isinstance(each.event, QuestionAsked))
        assert all(count == 1 for count in asked.values())
        assert (task.status is TaskStatus.WAITING) == (task.question is not None)
        names = Counter(type(each.event).__name__ for each in events)
        assert names["TaskRetried"] == task.run - 1

    def check_end(self, task: Task) -> None:
        end = self.ends.get((task.task_id, task.run))
        assert end in (None, task.status)
        if task.status in TERMINAL:
            self.ends[task.task_id, task.run] = task.status

    def teardown(self) -> None:
        self.runner.run(self.world.engine.stop())
        self.runner.close()


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(
    deadline=None, max_examples=60, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
