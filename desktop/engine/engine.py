"""The engine: submit, cancel, pause, resume, retry, look up, subscribe. All of it on one asyncio loop."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop.engine.adapters import Adapters
from desktop.engine.agent import Agent
from desktop.engine.asking import answer_entry, checked_answer
from desktop.engine.errors import StorageFailed
from desktop.engine.events import (
    Event,
    Interrupted,
    QuestionAnswered,
    RecordedEvent,
    TaskCancelled,
    TaskPaused,
    TaskResumed,
    TaskRetried,
    TaskSubmitted,
)
from desktop.engine.forecaster import Forecaster
from desktop.engine.identifiers import TaskId
from desktop.engine.inference import Answer, ModelInfo, Prompt, RuntimeStatus, Sign
from desktop.engine.intake import Intake, queued_task
from desktop.engine.lifecycle import TERMINAL, check_transition
from desktop.engine.live_task import LiveTask
from desktop.engine.model_desk import ModelDesk
from desktop.engine.notices import Notice, NoticeBoard
from desktop.engine.outbox import Outbox
from desktop.engine.ports import Change, Reuse
from desktop.engine.pulse import Pulse
from desktop.engine.question import QuestionId
from desktop.engine.retention import Retention, check_not_in_trash
from desktop.engine.retrial import retrial
from desktop.engine.runner import Runner, Stop
from desktop.engine.scheduler import Scheduler
from desktop.engine.standing import counts_as_they_stand, page_as_it_stands
from desktop.engine.storage_watch import StorageWatch
from desktop.engine.submission_key import SubmissionKey
from desktop.engine.submitting import once
from desktop.engine.switchboard import Switchboard
from desktop.engine.task import Task, TaskPage, TaskQuery, TaskRequest, TaskStatus
from desktop.engine.untorn import undisturbed
from desktop.engine.updates import Forecast, Listener, TaskUpdate

DEFAULT_MAX_RUNNING = 4
"""Tasks that run at a time: as many as a runtime has slots by default, so that small tasks fill them."""

NOTIFYING_SECONDS = 5.0
"""How long an engine that ends waits for notifications that are on their way to the person."""

TOLD = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.WAITING})
"""What a person is notified of as soon as a task comes to it."""

DIED = "Legwork ended while the task ran."


class Engine:
    """The front door. Construct it with its adapters, `start` it, and `stop` it in the end. Before that no task runs.

    On `board` whoever takes care of something raises and withdraws what the person should know.
    `retention` pins tasks, and takes them to Trash and out of it. `outbox` tells programs and persons of them.
    `hardware` looks at the machine. `depot` keeps the models, where somebody does.
    """

    def __init__(
        self,
        adapters: Adapters,
        *,
        agents: Sequence[Agent],
        max_running: int | None = None,
        notices: Iterable[Notice] = (),
    ) -> None:
        store, clock = adapters.store, adapters.clock
        self._store, self._clock = store, clock
        self._files, self._models, self.hardware = adapters.files, adapters.models, adapters.hardware
        self._notifier, self._identifiers = adapters.notifier, adapters.identifiers
        self._agents = {agent.kind: agent for agent in agents}
        self._listeners: list[Listener] = []
        self._live: dict[TaskId, LiveTask] = {}
        self._newest: TaskId | None = None
        self._is_started = False
        self._background: set[asyncio.Task[None]] = set()
        self._notifying: set[asyncio.Task[None]] = set()
        self.board, self.depot = NoticeBoard(notices), adapters.depot
        self.retention = Retention(store, adapters.files, adapters.passages, clock, self._settled, self._publish)
        self.outbox = Outbox(store=store, channels=adapters.channels, clock=clock, forms=adapters.webhook_forms)
        desk = ModelDesk(adapters.models, clock, adapters.defaults)
        self._switchboard = Switchboard(desk, clock)
        self._forecaster = forecaster = Forecaster(store, desk)
        self._storage = StorageWatch(
            space=adapters.space, clock=clock, board=self.board, on_clear=lambda: self._scheduler.go_on()
        )
        self._scheduler = self._make_scheduler(desk, adapters, max_running or DEFAULT_MAX_RUNNING)
        self._intake = Intake(
            agents=self._agents, reader=adapters.reader, forecaster=forecaster, scheduler=self._scheduler
        )
        self._pulse = Pulse(
            scheduler=self._scheduler,
            forecaster=forecaster,
            wakefulness=adapters.wakefulness,
            clock=clock,
            record=self._note,
        )

    def _make_scheduler(self, desk: ModelDesk, adapters: Adapters, max_running: int) -> Scheduler:
        runner = Runner(
            adapters=adapters,
            desk=desk,
            agents=self._agents,
            forecaster=self._forecaster,
            storage=self._storage,
        )
        return Scheduler(
            runner=runner,
            clock=self._clock,
            max_running=max_running,
            on_end=self._on_end,
            may_start=lambda: self._is_started and not self._storage.blocks,
        )

    async def start(self) -> None:
        """Take up where the last start ended: what was found running is queued again and goes on."""
        self._is_started = True
        self._newest = await self._store.newest_task_id()
        for task in await self._store.unfinished():
            live = self._adopt(task)
            if task.status is TaskStatus.RUNNING:
                await self._files.tidy(task.task_id, task.run)
                await live.move(TaskStatus.QUEUED, live.event(Interrupted, reason=DIED))
            if live.task.status is TaskStatus.QUEUED:
                self._scheduler.enqueue(live)
        self._in_background(self._background, self._pulse.run(), "pulse")
        self._in_background(self._background, self._storage.watch(), "storage watch")
        self._in_background(self._background, self.retention.watch(), "retention")
        self.outbox.start()

    async def stop(self) -> None:
        """Stop all that runs, to be continued at the next start. The adapters are their owner's to close."""
        await self._scheduler.close()
        await self.outbox.stop()
        if self._notifying:
            await asyncio.wait(self._notifying, timeout=NOTIFYING_SECONDS)
        left = self._background | self._notifying
        for aio_task in left:
            aio_task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._pulse.end()

    async def estimate(self, request: TaskRequest) -> Forecast:
        """What the request would take now. Raises `InvalidRequest`, `UnreadableDocument` or `UnknownModel`."""
        return await self._intake.forecast(request, await self._intake.plan(request))

    async def submit(self, request: TaskRequest, key: SubmissionKey | None = None) -> Task:
        """Accept a task; it is on disk when this returns. A `key` that has a task gives that one back.

        Raises `InvalidRequest`, `UnreadableDocument`, `UnknownModel` or `StorageFailed`; then nothing was started.
        Cancelled while it is being written, it never runs.
        """
        return await once(key, self._store, self.task, lambda: self._submit(request, key))

    async def _submit(self, request: TaskRequest, key: SubmissionKey | None) -> Task:
        self._storage.check()
        request, secrets = self.outbox.accept(request)
        planned = await self._intake.plan(request)
        forecast = await self._intake.forecast(request, planned)
        now = self._clock.now()
        self._newest = self._identifiers.new_task_id(now, self._newest)
        task = queued_task(self._newest, request, now, planned, forecast)
        live = LiveTask(task, self._store, self._clock, self._publish)
        adding = asyncio.ensure_future(self._add(live, key, secrets))
        try:
            await asyncio.shield(adding)
        except asyncio.CancelledError:
            self._in_background(self._background, self._take_back(live, adding), f"take back {task.task_id}")
            raise
        self._scheduler.enqueue(live)
        return live.task

    async def _add(self, live: LiveTask, key: SubmissionKey | None, secrets: tuple[str, ...]) -> None:
        change = Change(task=live.task, events=(live.event(TaskSubmitted),), key=key, secrets=secrets)
        recorded = await self._storage.timed(lambda: self._store.add(change))
        self._live[live.task.task_id] = live
        for event in recorded:
            self._publish(TaskUpdate(task=live.task, event=event))

    async def _take_back(self, live: LiveTask, adding: asyncio.Future[None]) -> None:
        """Cancel a task that was given up before it was written, once it is."""
        await asyncio.wait([adding])
        if adding.exception() is None:
            end = live.event(TaskCancelled)
            await live.end(TaskStatus.CANCELLED, end, finished_at=self._clock.now(), estimate=None, position=None)
            self._on_end(live)

    async def cancel(self, task_id: TaskId) -> Task:
        """End a task for good. What it did so far is kept. Cancelling again changes nothing."""
        return await self._halt(task_id, TaskStatus.CANCELLED, Stop.CANCEL)

    async def pause(self, task_id: TaskId) -> Task:
        """Take a task out of work until it is resumed. Pausing again changes nothing."""
        return await self._halt(task_id, TaskStatus.PAUSED, Stop.PAUSE)

    async def resume(self, task_id: TaskId) -> Task:
        """Put a paused task in line again. Does nothing to one that is in line, runs, or waits to be answered.

        For one that waits for the data folder it is looked at once whether that can be written again.
        """
        live = await self._known(task_id)
        if live.shown.hold:
            await self._storage.look()
        if live.task.status in (TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.WAITING):
            return live.shown
        check_transition(live.task.status, TaskStatus.QUEUED)
        self._live[task_id] = live
        await self._line_up(live, live.event(TaskResumed))
        return live.task

    async def answer(self, task_id: TaskId, answer: str, question_id: QuestionId | None = None) -> Task:
        """Tell a task that waits what it asks, and put it in line again. The same answer again changes nothing.

        With `question_id` it is an answer to that question, and to no other that the task may ask by now. Raises
        `InvalidRequest` where it is none of the choices, `ForbiddenTransition` where nothing like that is asked.
        """
        live = await self._known(task_id)
        given = checked_answer(live.task, answer, question_id)
        if given is not None:
            told = live.event(QuestionAnswered, question_id=given.question_id, answer=answer)
            await self._line_up(live, told, entry=answer_entry(live.task, answer), answered=given)
        return live.shown

    async def retry(self, task_id: TaskId, from_step: str | None = None) -> Task:
        """Run an ended task again, as a new run; the old one stays readable.

        `from_step` names the step to begin from: the results of those before it are taken over (`engine.retrial`);
        without it all is done anew. Does nothing to a task that has not ended. Raises `InvalidRequest` for a step that
        the last run does not have or did not come to, `UnknownModel` where that step's work can't be weighed any more.
        """
        live = await self._settled(task_id)
        if live.task.status not in TERMINAL:
            return live.task
        check_not_in_trash(live.task)
        size = 0 if from_step is None else self._forecaster.model_size(live.task.request)
        begun = retrial(live.task, from_step, size, self._clock)
        again = self._adopt(begun.task)  # before the write, so that a second retry in the same moment finds it
        return await undisturbed(self._begin_again(again, from_step, begun.reuse))

    async def task(self, task_id: TaskId) -> Task:
        """The task as it is now. Raises `UnknownTask`."""
        return (await self._known(task_id)).shown

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first, those that run with their live progress."""
        return page_as_it_stands(await self._store.find(query), query, self._live)

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status; those in Trash don't count."""
        return counts_as_they_stand(await self._store.counts(), self._live.values())

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """A task's events with numbers greater than `after`."""
        return await self._store.events(task_id, after)

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """The task as it stood at the end of each earlier run, oldest first."""
        return await self._store.past_runs(task_id)

    async def read_artifact(self, task_id: TaskId, name: str) -> bytes:
        """The content of an artifact of the task's current run. Raises `UnknownTask` or `StorageFailed`."""
        task = await self.task(task_id)
        return await self._files.read(task_id, task.run, f"artifacts/{name}")

    def artifact_path(self, task: Task, name: str) -> Path:
        """Where an artifact is, for programs that open it."""
        return self._files.path(task.task_id, task.run, f"artifacts/{name}")

    def models(self) -> tuple[ModelInfo, ...]:
        """All models that could be loaded, the default one first."""
        return self._models.installed()

    def runtime_status(self) -> RuntimeStatus:
        """What the runtime does now."""
        return self._models.status()

    def notices(self) -> tuple[Notice, ...]:
        """What a person should know about the whole of Legwork now, the oldest first."""
        return self.board.notices()

    async def ask(self, model: str | None, prompt: Prompt, on_sign: Callable[[Sign], None]) -> Answer:
        """A model's answer to somebody who waits for it: no task, and nothing of it is kept.

        It gets the next slot that is free, before the questions of tasks. `on_sign` gets each sign as it comes.
        Cancelling frees the slot. Raises `UnknownModel`, `PromptTooLong`, `PromptRefused`, or what loading a model
        raises.
        """
        return await self._switchboard.ask(model, prompt, on_sign)

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The kinds of task that a person can submit, each with the name that they call it."""
        return tuple((agent.kind, agent.title) for agent in self._agents.values() if agent.title)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on this loop with every update; returns what ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _line_up(self, live: LiveTask, event: Event, **fields: Any) -> None:
        try:
            await live.move(TaskStatus.QUEUED, event, **fields)
        finally:  # also where nobody waits any more: it is in line as soon as that is kept
            self._scheduler.enqueue(live)
            self._let_go(live)

    async def _begin_again(self, again: LiveTask, from_step: str | None, reuse: Reuse | None) -> Task:
        try:
            await again.record(again.event(TaskRetried, from_step=from_step), reuse=reuse)
        except StorageFailed:
            del self._live[again.task.task_id]
            raise
        self._scheduler.enqueue(again)
        return again.task

    async def _halt(self, task_id: TaskId, status: TaskStatus, reason: Stop) -> Task:
        live = await self._known(task_id)
        if live.task.status is status:
            return live.task
        check_transition(live.task.status, status)
        await self._scheduler.stop(task_id, reason)
        if live.task.status is not status:
            check_transition(live.task.status, status)  # it may have ended by itself in the same moment
            await self._halt_idle(live, status)
        self._let_go(live)
        return live.task

    async def _halt_idle(self, live: LiveTask, status: TaskStatus) -> None:
        self._scheduler.withdraw(live.task.task_id)
        try:
            if status is TaskStatus.PAUSED:
                await live.move(status, live.event(TaskPaused), position=None, estimate=None)
            else:
                end = live.event(TaskCancelled)
                await live.move(status, end, finished_at=self._clock.now(), position=None, estimate=None)
        except StorageFailed:
            if live.task.status is TaskStatus.QUEUED:
                self._scheduler.enqueue(live)
            raise

    def _adopt(self, task: Task) -> LiveTask:
        live = self._live[task.task_id] = LiveTask(task, self._store, self._clock, self._publish)
        return live

    async def _known(self, task_id: TaskId) -> LiveTask:
        if (live := self._live.get(task_id)) is not None:
            return live
        stored = await self._store.task(task_id)
        return self._live.get(task_id) or LiveTask(stored, self._store, self._clock, self._publish)

    async def _settled(self, task_id: TaskId) -> LiveTask:
        """The task, of which the store knows all."""
        live = await self._known(task_id)
        if not live.is_recorded:
            await live.settle()
            live = await self._known(task_id)  # somebody else may have waited for the same
        return live

    def _on_end(self, live: LiveTask) -> None:
        task = live.task
        self._let_go(live)
        if not live.is_recorded:
            self._in_background(self._background, self._settle(live), f"settle {task.task_id}")
        if task.status in TOLD:
            self._in_background(self._notifying, self._notifier.notify(task), f"notify {task.task_id}")

    def _let_go(self, live: LiveTask) -> None:
        """Forget an ended task that the store knows all about."""
        if live.task.status in TERMINAL and live.is_recorded and self._live.get(live.task.task_id) is live:
            del self._live[live.task.task_id]

    async def _settle(self, live: LiveTask) -> None:
        await live.settle_in_time()
        self._let_go(live)

    def _note(self, live: LiveTask, event: Event) -> None:
        self._in_background(self._background, live.note(event), f"note {live.task.task_id}")

    def _publish(self, update: TaskUpdate) -> None:
        for listener in list(self._listeners):
            listener(update)

    def _in_background(self, group: set[asyncio.Task[None]], work: Coroutine[Any, Any, None], name: str) -> None:
        aio_task = asyncio.create_task(work, name=name)
        group.add(aio_task)
        aio_task.add_done_callback(group.discard)
