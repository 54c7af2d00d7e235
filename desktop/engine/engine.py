"""The engine: submit, cancel, pause, resume, retry, look up, subscribe. All of it on one asyncio loop."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from desktop.engine.agent import Agent
from desktop.engine.delivery_ports import Channels
from desktop.engine.documents import DocumentReader
from desktop.engine.errors import InvalidRequest, StorageFailed
from desktop.engine.estimate import after, first_estimate
from desktop.engine.events import (
    Interrupted,
    RecordedEvent,
    TaskCancelled,
    TaskPaused,
    TaskResumed,
    TaskRetried,
    TaskSubmitted,
)
from desktop.engine.forecaster import Forecaster
from desktop.engine.identifiers import RunNumber, TaskId
from desktop.engine.inference import ModelInfo, Models, RuntimeStatus
from desktop.engine.lifecycle import TERMINAL, check_transition
from desktop.engine.live_task import LiveTask
from desktop.engine.model_desk import ModelDesk
from desktop.engine.outbox import Outbox
from desktop.engine.plan import Progress
from desktop.engine.ports import Change, Clock, Files, Identifiers, Notifier, Store
from desktop.engine.request_check import check_request, title_of
from desktop.engine.runner import Runner, Stop
from desktop.engine.scheduler import Scheduler
from desktop.engine.task import Task, TaskPage, TaskQuery, TaskRequest, TaskStatus
from desktop.engine.updates import Forecast, Listener, TaskUpdate

logger = logging.getLogger(__name__)

DEFAULT_MAX_RUNNING = 4
"""Tasks that run at a time: as many as a runtime has slots by default, so that small tasks fill them."""

PULSE_SECONDS = 0.25
"""How often listeners hear of progress between events."""

SETTLE_SECONDS = 5.0
"""How often it is tried to record an end for which there was no room on the disk."""

NOTICE_SECONDS = 5.0
"""How long an engine that ends waits for notices that are on their way to the person."""

LINE_SHOWN = 50
"""Queued tasks whose place and time are kept up to date for listeners."""

DIED = "Legwork ended while the task ran."


class Engine:
    """The front door. Construct it with its adapters, `start` it, and `stop` it in the end."""

    def __init__(
        self,
        *,
        store: Store,
        files: Files,
        models: Models,
        reader: DocumentReader,
        agents: Sequence[Agent],
        notifier: Notifier,
        channels: Channels,
        clock: Clock,
        identifiers: Identifiers,
        max_running: int | None = None,
    ) -> None:
        self._store, self._files = store, files
        self._models = models
        self._reader = reader
        self._agents = {agent.kind: agent for agent in agents}
        self._notifier = notifier
        self._clock, self._identifiers = clock, identifiers
        self._listeners: list[Listener] = []
        self._live: dict[TaskId, LiveTask] = {}
        self._newest: TaskId | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._notices: set[asyncio.Task[None]] = set()
        self.outbox = Outbox(store=store, channels=channels, clock=clock)
        desk = ModelDesk(models, clock)
        self._forecaster = Forecaster(store, desk)
        runner = Runner(
            store=store,
            files=files,
            desk=desk,
            reader=reader,
            agents=self._agents,
            clock=clock,
            forecaster=self._forecaster,
        )
        self._scheduler = Scheduler(
            runner=runner, clock=clock, max_running=max_running or DEFAULT_MAX_RUNNING, on_end=self._on_end
        )

    async def start(self) -> None:
        """Take up where the last start ended: what was found running is queued again and goes on."""
        self._newest = await self._store.newest_task_id()
        for task in await self._store.unfinished():
            live = self._adopt(task)
            if task.status is TaskStatus.RUNNING:
                await live.move(TaskStatus.QUEUED, live.event(Interrupted, reason=DIED))
            if live.task.status is TaskStatus.QUEUED:
                self._scheduler.enqueue(live)
        self._in_background(self._background, self._pulse(), "pulse")
        self.outbox.start()

    async def stop(self) -> None:
        """Stop all that runs, to be continued at the next start. The adapters are their owner's to close."""
        await self._scheduler.close()
        await self.outbox.stop()
        if self._notices:
            await asyncio.wait(self._notices, timeout=NOTICE_SECONDS)
        left = self._background | self._notices
        for aio_task in left:
            aio_task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def estimate(self, request: TaskRequest) -> Forecast:
        """What the request would take now. Raises `InvalidRequest`, `UnreadableDocument` or `UnknownModel`."""
        return await self._forecast(request, await self._plan(request))

    async def submit(self, request: TaskRequest) -> Task:
        """Accept a task; it is on disk when this returns.

        Raises `InvalidRequest`, `UnreadableDocument`, `UnknownModel` or `StorageFailed`; then nothing was started.
        """
        request, secrets = self.outbox.accept(request)
        planned = await self._plan(request)
        forecast = await self._forecast(request, planned)
        now = self._clock.now()
        self._newest = self._identifiers.new_task_id(now, self._newest)
        task = Task(
            task_id=self._newest,
            title=title_of(request),
            request=request,
            status=TaskStatus.QUEUED,
            created_at=now,
            expires_at=now + timedelta(days=request.keep_days),
            planned_seconds=planned,
            estimate=forecast.estimate,
            position=forecast.position,
        )
        live = LiveTask(task, self._store, self._clock, self._publish)
        recorded = await self._store.add(Change(task=task, events=(live.event(TaskSubmitted),), secrets=secrets))
        self._live[task.task_id] = live
        for event in recorded:
            self._publish(TaskUpdate(task=task, event=event))
        self._scheduler.enqueue(live)
        return live.task

    async def cancel(self, task_id: TaskId) -> Task:
        """End a task for good. What it did so far is kept. Cancelling again changes nothing."""
        return await self._halt(task_id, TaskStatus.CANCELLED, Stop.CANCEL)

    async def pause(self, task_id: TaskId) -> Task:
        """Take a task out of work until it is resumed. Pausing again changes nothing."""
        return await self._halt(task_id, TaskStatus.PAUSED, Stop.PAUSE)

    async def resume(self, task_id: TaskId) -> Task:
        """Put a paused task in line again. Does nothing to one that is in line or runs."""
        live = await self._known(task_id)
        if live.task.status in (TaskStatus.QUEUED, TaskStatus.RUNNING):
            return live.task
        await live.move(TaskStatus.QUEUED, live.event(TaskResumed))
        self._live[task_id] = live
        self._scheduler.enqueue(live)
        return live.task

    async def retry(self, task_id: TaskId) -> Task:
        """Run an ended task again from the start, as a new run; the old one stays readable.

        Does nothing to a task that has not ended.
        """
        live = await self._known(task_id)
        if not live.is_recorded:
            await live.settle()
            live = await self._known(task_id)  # a second retry may have waited for the same
        if live.task.status not in TERMINAL:
            return live.task
        fresh = replace(
            live.task,
            status=TaskStatus.QUEUED,
            run=RunNumber(live.task.run + 1),
            started_at=None,
            finished_at=None,
            progress=Progress(),
            estimate=None,
            draft="",
            result=None,
            failure=None,
        )
        again = LiveTask(fresh, self._store, self._clock, self._publish)
        self._live[task_id] = again  # before the write, so that a second retry in the same moment finds it
        try:
            await again.record(again.event(TaskRetried))
        except StorageFailed:
            del self._live[task_id]
            raise
        self._scheduler.enqueue(again)
        return again.task

    async def task(self, task_id: TaskId) -> Task:
        """The task as it is now. Raises `UnknownTask`."""
        return (await self._known(task_id)).task

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first, those that run with their live progress."""
        page = await self._store.find(query)
        return replace(page, tasks=tuple(self._latest(task) for task in page.tasks))

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status."""
        return await self._store.counts()

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

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The kinds of task that can be submitted, each with the name that a person calls it."""
        return tuple((agent.kind, agent.title) for agent in self._agents.values())

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on this loop with every update; returns what ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _plan(self, request: TaskRequest) -> float:
        check_request(request)
        agent = self._agents.get(request.kind)
        if agent is None:
            kinds = ", ".join(self._agents)
            raise InvalidRequest(
                f"“{request.kind}” is not a kind of task; nothing was started.", hint=f"Choose one of: {kinds}."
            )
        agent.check(request)
        outline = agent.outline(request, await self._reader.sources(request.inputs))
        return self._forecaster.planned_seconds(request, outline)

    async def _forecast(self, request: TaskRequest, planned_seconds: float) -> Forecast:
        ratio = await self._forecaster.ratio(request)
        own = first_estimate(planned_seconds, ratio)
        running = [running.live.task for running in self._scheduler.running]
        waiting = self._scheduler.would_wait_for(request.priority)
        ahead = [task.estimate or self._forecaster.own_estimate(task) for task in running]
        ahead += [self._forecaster.own_estimate(task) for task in waiting]
        return Forecast(estimate=after(ahead, own), position=len(ahead))

    async def _halt(self, task_id: TaskId, status: TaskStatus, reason: Stop) -> Task:
        live = await self._known(task_id)
        if live.task.status is status:
            return live.task
        check_transition(live.task.status, status)
        if await self._scheduler.stop(task_id, reason):
            if live.task.status is not status:  # it ended by itself in the same moment
                check_transition(live.task.status, status)
        else:
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
        live = self._live.get(task_id)
        if live is None:
            stored = await self._store.task(task_id)
            live = self._live.get(task_id) or LiveTask(stored, self._store, self._clock, self._publish)
        return live

    def _latest(self, task: Task) -> Task:
        live = self._live.get(task.task_id)
        return task if live is None else live.task

    def _on_end(self, live: LiveTask) -> None:
        task = live.task
        self._let_go(live)
        if not live.is_recorded:
            self._in_background(self._background, self._settle(live), f"settle {task.task_id}")
        if task.status in (TaskStatus.COMPLETED, TaskStatus.FAILED):
            self._in_background(self._notices, self._notifier.notify(task), f"notify {task.task_id}")

    def _let_go(self, live: LiveTask) -> None:
        """Forget an ended task that the store knows all about."""
        if live.task.status in TERMINAL and live.is_recorded and self._live.get(live.task.task_id) is live:
            del self._live[live.task.task_id]

    async def _settle(self, live: LiveTask) -> None:
        """Record how a task ended as soon as the store takes it."""
        while not live.is_recorded:
            await self._clock.sleep(SETTLE_SECONDS)
            with contextlib.suppress(StorageFailed):
                await live.settle()
        self._let_go(live)

    async def _pulse(self) -> None:
        while True:
            await self._clock.sleep(PULSE_SECONDS)
            for running in self._scheduler.running:
                if running.run is not None and running.live.task.status is TaskStatus.RUNNING:
                    running.run.refresh()
                    running.live.announce()
            self._refresh_line()

    def _refresh_line(self) -> None:
        line = self._scheduler.line[:LINE_SHOWN]
        running = [running.live.task for running in self._scheduler.running]
        estimates = self._forecaster.queue_estimates(running, [live.task for live in line])
        for number, (live, estimate) in enumerate(zip(line, estimates, strict=True)):
            position = len(running) + number
            if (position, estimate) != (live.task.position, live.task.estimate):
                live.show(position=position, estimate=estimate)
                live.announce()

    def _publish(self, update: TaskUpdate) -> None:
        for listener in list(self._listeners):
            listener(update)

    def _in_background(self, group: set[asyncio.Task[None]], work: Coroutine[Any, Any, None], name: str) -> None:
        aio_task = asyncio.create_task(work, name=name)
        group.add(aio_task)
        aio_task.add_done_callback(group.discard)
