"""An engine in memory, with the front door of the real one, that a test moves by hand."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desktop.engine import (
    TERMINAL,
    Answer,
    Estimate,
    Event,
    ForbiddenTransition,
    Forecast,
    InvalidRequest,
    KeyReused,
    LegworkError,
    Listener,
    ModelInfo,
    Notice,
    NoticeBoard,
    Outbox,
    Progress,
    Prompt,
    QuestionId,
    RecordedEvent,
    RuntimeStatus,
    Sign,
    StepProgress,
    SubmissionKey,
    Task,
    TaskCompleted,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskRequest,
    TaskStatus,
    TaskSubmitted,
    TaskUpdate,
    UnknownTask,
    Verdict,
    Work,
    may_follow,
)
from desktop.engine.asking import checked_answer
from desktop.engine.retrial import retrial
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fixed_hardware import FixedHardware
from tests.fakes.memory_store import MemoryStore
from tests.fakes.open_ears import OpenEars
from tests.fakes.retention_double import RetentionDouble
from tests.fakes.scripted_model import ScriptedModel

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class EngineDouble:
    """Keeps tasks in a dict. `put` brings a task in or changes it, and tells the listeners."""

    def __init__(self, files: Path | None = None) -> None:
        self.files = files or Path()
        self.tasks: dict[TaskId, Task] = {}
        self.retention = RetentionDouble(self.tasks, lambda task: self.put(task, event=True), self._remove, START)
        self.requests: list[TaskRequest] = []
        self.keys: dict[str, tuple[SubmissionKey, TaskId]] = {}
        self.queries: list[TaskQuery] = []
        self.status = RuntimeStatus()
        self.model = ScriptedModel()
        self.hardware = FixedHardware()
        self.asked: list[str | None] = []
        self.forecast = Forecast(estimate=Estimate(seconds=240, low=180, high=420), position=1)
        self.refusal: LegworkError | None = None
        self.artifacts: dict[str, bytes] = {}
        self.past: dict[TaskId, tuple[Task, ...]] = {}
        self.board = NoticeBoard()
        self.on_submit: Callable[[Task], None] = lambda _: None
        self.quiet = asyncio.Event()
        """Set when the last listener has gone."""
        self.store = MemoryStore()
        self.outbox = Outbox(store=self.store, channels=OpenEars(), clock=FakeClock())
        """The real one, on a store of its own that `submit` does not write to."""
        self.secrets: list[tuple[str, ...]] = []
        self.recorded: dict[TaskId, list[RecordedEvent]] = {}
        self.retries: list[str | None] = []  # the steps from which they began
        self._listeners: list[Listener] = []
        self._order: list[TaskId] | None = None

    async def start(self) -> None:
        """Nothing is to be taken up."""

    async def stop(self) -> None:
        """Nothing runs."""

    async def estimate(self, request: TaskRequest) -> Forecast:
        """The same forecast for every request, unless it is refused."""
        self._check(request)
        return self.forecast

    async def submit(self, request: TaskRequest, key: SubmissionKey | None = None) -> Task:
        """Queue the task, or give the earlier one of its key back."""
        if key is not None and key.key in self.keys:
            known, task_id = self.keys[key.key]
            if known != key:
                raise KeyReused(f"The key {key.key} belongs to task {task_id}.", hint="Take a new one.")
            return self.tasks[task_id]
        self._check(request)
        request, secrets = self.outbox.accept(request)
        self.requests.append(request)
        self.secrets.append(secrets)
        task = make_task(len(self.tasks) + 1, title=request.goal[:80], request=request)
        if key is not None:
            self.keys[key.key] = (key, task.task_id)
        self.put(task, event=True)
        self.on_submit(task)
        return task

    def complete(self, task: Task) -> None:
        """The task is done, without a result."""
        done = replace(task, status=TaskStatus.COMPLETED)
        self.put(done)
        self.tell(TaskCompleted(task_id=task.task_id, at=START, run=task.run, verdict=Verdict.VERIFIED))

    async def cancel(self, task_id: TaskId) -> Task:
        """End it."""
        return self._move(task_id, TaskStatus.CANCELLED)

    async def pause(self, task_id: TaskId) -> Task:
        """Hold it."""
        return self._move(task_id, TaskStatus.PAUSED)

    async def resume(self, task_id: TaskId) -> Task:
        """Queue it again."""
        return self._move(task_id, TaskStatus.QUEUED)

    async def answer(self, task_id: TaskId, answer: str, question_id: QuestionId | None = None) -> Task:
        """Keep the answer, and queue the task again."""
        task = await self.task(task_id)
        given = checked_answer(task, answer, question_id)
        if given is None:
            return task
        self.put(replace(task, question=None, answered=given))
        return self._move(task_id, TaskStatus.QUEUED)

    async def retry(self, task_id: TaskId, from_step: str | None = None) -> Task:
        """Make a new run."""
        task = await self.task(task_id)
        if task.status not in TERMINAL:
            return task
        fresh = retrial(task, from_step, 1000, FakeClock()).task
        self.retries.append(from_step)
        self.past[task_id] = (*self.past.get(task_id, ()), task)
        self.put(fresh, event=True)
        return fresh

    async def task(self, task_id: TaskId) -> Task:
        """The task as it is."""
        if task_id not in self.tasks:
            raise UnknownTask(f"There is no task {task_id}.")
        return self.tasks[task_id]

    async def find(self, query: TaskQuery) -> TaskPage:
        """Newest first; a search looks into titles."""
        self.queries.append(query)
        if self._order is None:
            self._order = sorted(self.tasks, reverse=True)
        found = [
            self.tasks[task_id]
            for task_id in self._order
            if (query.cursor is None or task_id < query.cursor)
            and (self.tasks[task_id].trashed is not None) == query.trashed
            and (not query.statuses or self.tasks[task_id].status in query.statuses)
            and query.text.lower() in self.tasks[task_id].title.lower()
        ]
        page = tuple(found[: query.limit])
        return TaskPage(tasks=page, cursor=page[-1].task_id if len(found) > query.limit else None)

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks there are in each status."""
        return Counter(task.status for task in self.tasks.values() if task.trashed is None)

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """What `tell` recorded."""
        return tuple(each for each in self.recorded.get(task_id, ()) if each.number > after)

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """What a retry or the test left there."""
        return self.past.get(task_id, ())

    async def read_artifact(self, task_id: TaskId, name: str) -> bytes:
        """What the test put there."""
        return self.artifacts[name]

    def artifact_path(self, task: Task, name: str) -> Path:
        """A file in the test's folder."""
        return self.files / name

    def models(self) -> tuple[ModelInfo, ...]:
        """Two models."""
        return (
            ModelInfo(name="SmolLM2-135M", path="/models/a.gguf", size=94_000_000),
            ModelInfo(name="Qwen3-4B Q4_K_M", path="/models/b.gguf", size=2_500_000_000),
        )

    async def ask(self, model: str | None, prompt: Prompt, on_sign: Callable[[Sign], None]) -> Answer:
        """What the test's model says."""
        self.asked.append(model)
        return await self.model.answer(prompt, on_sign)

    def runtime_status(self) -> RuntimeStatus:
        """What the test says."""
        return self.status

    def notices(self) -> tuple[Notice, ...]:
        """What the test put on the board."""
        return self.board.notices()

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """Documents, and research."""
        return (("documents", "Documents"), ("research", "Research"))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every `put`."""
        self._listeners.append(listener)
        self.quiet.clear()

        def unsubscribe() -> None:
            self._listeners.remove(listener)
            if not self._listeners:
                self.quiet.set()

        return unsubscribe

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def put(self, task: Task, *, event: bool = False) -> None:
        """Bring a task in, or change it, and tell the listeners. To be called on the engine's loop once it runs."""
        if task.task_id not in self.tasks:
            self._order = None
        self.tasks[task.task_id] = task
        happened = TaskSubmitted(task_id=task.task_id, at=START, run=task.run)
        recorded = RecordedEvent(number=1, event=happened) if event else None
        for listener in list(self._listeners):
            listener(TaskUpdate(task=task, event=recorded))

    def tell(self, event: Event) -> None:
        """Record an event of a task that is there, and tell the listeners."""
        known = self.recorded.setdefault(event.task_id, [])
        known.append(RecordedEvent(number=len(known) + 1, event=event))
        for listener in list(self._listeners):
            listener(TaskUpdate(task=self.tasks[event.task_id], event=known[-1]))

    def fill(self, count: int) -> None:
        """Put that many queued tasks in without telling anybody."""
        self.tasks.clear()
        self.tasks.update((task.task_id, task) for task in map(make_task, range(count)))
        self._order = None

    def _remove(self, task: Task) -> None:
        del self.tasks[task.task_id]
        self._order = None
        for listener in list(self._listeners):
            listener(TaskUpdate(task=task, gone=True))

    def _check(self, request: TaskRequest) -> None:
        if not request.goal.strip():
            raise InvalidRequest("The goal is empty; nothing was started.", hint="Say what to do with the documents.")
        if self.refusal is not None:
            raise self.refusal

    def _move(self, task_id: TaskId, status: TaskStatus) -> Task:
        task = self.tasks[task_id]
        if not may_follow(task.status, status):
            raise ForbiddenTransition(f"A task that is {task.status} can't become {status}.", hint="Look again.")
        moved = replace(task, status=status, finished_at=START if status in TERMINAL else None)
        self.put(moved, event=True)
        return moved


class EngineThreadDouble:
    """Runs a loop in a thread for an `EngineDouble`; `do` calls something on it and waits."""

    def __init__(self, engine: EngineDouble) -> None:
        self.engine = engine
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="engine-double")
        self._thread.start()

    def do(self, function: Callable[[], object]) -> None:
        """Call `function` on the loop and wait until it has returned."""

        async def call() -> None:
            function()

        asyncio.run_coroutine_threadsafe(call(), self.loop).result(timeout=10)

    def close(self) -> None:
        """End what still runs, the loop and its thread."""

        async def end_the_rest() -> None:
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for aio_task in rest:
                aio_task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end_the_rest(), self.loop).result(timeout=10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=10)
        self.loop.close()


def worked(seconds: float) -> Progress:
    """The progress of a run that has worked so long."""
    step = StepProgress(name="work", title="Work", work=Work(), total=1, unit="", seconds=seconds)
    return Progress(steps=(step,))


def make_task(
    number: int, *, title: str = "", request: TaskRequest | None = None, status: TaskStatus = TaskStatus.QUEUED
) -> Task:
    """A task whose identifier grows with `number`."""
    at = START + timedelta(minutes=number)
    return Task(
        task_id=TaskId(f"01K{number:023d}"),
        title=title or f"Task {number}",
        request=request or TaskRequest(kind="documents", goal=title or f"Task {number}"),
        status=status,
        created_at=at,
        expires_at=at + timedelta(days=30),
    )
