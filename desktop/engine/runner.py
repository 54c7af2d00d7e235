"""Carries out one run of a task, from *running* to its end, whatever the end is."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, auto
from functools import partial

from desktop.engine.active_run import ActiveRun
from desktop.engine.adapters import Adapters
from desktop.engine.agent import Agent
from desktop.engine.asking import question_id
from desktop.engine.errors import InvalidRequest, LegworkError, StorageBlocked, StorageFailed
from desktop.engine.events import (
    Interrupted,
    QuestionAsked,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskPaused,
    TaskStarted,
)
from desktop.engine.forecaster import Forecaster
from desktop.engine.journal import Journal
from desktop.engine.live_task import LiveTask
from desktop.engine.model_desk import ModelDesk
from desktop.engine.ports import Measurement
from desktop.engine.progress import ProgressTracker
from desktop.engine.question import Question
from desktop.engine.result import Failure, Result
from desktop.engine.storage_watch import StorageWatch
from desktop.engine.task import TaskStatus

logger = logging.getLogger(__name__)

CLOSED = "Legwork was closed while the task ran."


class Stop(IntEnum):
    """Why a running task is being stopped; of several reasons the greatest holds."""

    CLOSE = auto()
    PAUSE = auto()
    CANCEL = auto()


@dataclass(slots=True, kw_only=True)
class RunningTask:
    """A task between its start and its end."""

    live: LiveTask
    run: ActiveRun | None = None  # once the journal is there
    stop: Stop | None = None  # why it is being stopped, where it is

    def ask_to_stop(self, reason: Stop) -> None:
        """Note why it is to stop; a lesser reason does not take the place of a greater one."""
        self.stop = max(self.stop or reason, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Knows how to run any task; holds nothing of any run."""

    adapters: Adapters
    desk: ModelDesk
    agents: Mapping[str, Agent]
    forecaster: Forecaster
    storage: StorageWatch

    async def execute(self, running: RunningTask) -> None:
        """Run a queued task until it ends or is stopped; how it ended is recorded when this returns."""
        try:
            await self._try(running)
        except asyncio.CancelledError:
            await _to_the_end(self._record_stop(running))
        finally:
            if running.run is not None and running.run.toolbox.is_open:
                await _to_the_end(running.run.toolbox.close())

    async def _try(self, running: RunningTask) -> None:
        try:
            agent = self._agent(running.live.task.request.kind)
            running.run = run = await self._begin(running.live)
            if not run.live.task.progress.steps:
                await run.plan(agent.outline(run.request, await run.sources()))
            outcome = await run.asking.until_asked(agent.carry_out(run))
        except LegworkError as error:
            await _to_the_end(self._fail_or_stop(running, _failure_of(error)))
        except Exception as error:
            logger.exception("task %s failed unexpectedly", running.live.task.task_id)
            await _to_the_end(self._fail_or_stop(running, _unexpected(error)))
        else:
            conclude = partial(self._conclude, running, run, outcome)
            await self.storage.insist(run.live, lambda: _to_the_end(self.storage.timed(conclude, run.live)))

    def _agent(self, kind: str) -> Agent:
        agent = self.agents.get(kind)
        if agent is None:
            raise InvalidRequest(
                f"Nothing here carries out tasks of the kind “{kind}”; the task is kept.",
                hint="Open it with the version of Legwork that made it.",
            )
        return agent

    async def _begin(self, live: LiveTask) -> ActiveRun:
        gated = self.desk.open_for(live.task.request)
        tracker = ProgressTracker(clock=self.adapters.clock, model_size=gated.model.info.size)
        tracker.restore(live.task.progress)
        tracker.usage.restore(live.task.usage)
        task = live.task
        for earlier in task.builds_on:
            carry_over = partial(self.adapters.files.carry_over, task.task_id, earlier, task.run)
            await self.storage.insist(live, partial(self.storage.timed, carry_over, live, in_line=False))
        entries = await self.storage.insist(live, lambda: self.adapters.store.journal(task.task_id, task.run))
        run = ActiveRun(
            live=live,
            journal=Journal(entries),
            model=gated,
            adapters=self.adapters,
            tracker=tracker,
            prior=await self.storage.insist(live, lambda: self.forecaster.ratio(task.request)),
            storage=self.storage,
        )
        await self.storage.insist(live, lambda: self.storage.timed(partial(self._start, run), live))
        return run

    async def _start(self, run: ActiveRun) -> None:
        live = run.live
        await live.move(
            TaskStatus.RUNNING,
            live.event(TaskStarted),
            started_at=live.task.started_at or self.adapters.clock.now(),
            model=run.model.model.info.name,
            position=None,
        )

    async def _record_stop(self, running: RunningTask) -> None:
        """Record why a task was stopped, with what it had done."""
        live = running.live
        if running.run is not None:
            running.run.vigil.rest()
        match running.stop:
            case Stop.CANCEL:
                end = live.event(TaskCancelled)
                await live.end(TaskStatus.CANCELLED, end, finished_at=self.adapters.clock.now(), estimate=None)
            case Stop.PAUSE if live.task.status is not TaskStatus.WAITING:
                await live.end(TaskStatus.PAUSED, live.event(TaskPaused), estimate=None)
            case _ if live.task.status is TaskStatus.RUNNING:
                await live.end(TaskStatus.QUEUED, live.event(Interrupted, reason=CLOSED))

    async def _conclude(self, running: RunningTask, run: ActiveRun, outcome: Result | Question) -> None:
        """Record what the run came to. A task is not completed before its result is kept; where it can't be, it fails.

        Raises `StorageBlocked` where it can't be kept for now.
        """
        run.vigil.rest()
        try:
            if isinstance(outcome, Question):
                await self._wait(run.live, outcome)
            else:
                await self._complete(run, outcome)
        except StorageBlocked:
            raise
        except StorageFailed as error:
            await self._fail(running, _failure_of(error))

    async def _wait(self, live: LiveTask, question: Question) -> None:
        asked = live.event(QuestionAsked, question_id=question_id(live.task.run, question), question=question)
        await live.move(TaskStatus.WAITING, asked, question=question, estimate=None)

    async def _complete(self, run: ActiveRun, result: Result) -> None:
        live = run.live
        await live.move(
            TaskStatus.COMPLETED,
            live.event(TaskCompleted, verdict=result.verification.verdict),
            measurement=self._measure(run),
            result=result,
            finished_at=self.adapters.clock.now(),
            progress=replace(live.task.progress, fraction=1.0, tokens_per_second=0.0),
            estimate=None,
            draft="",
        )
        self.forecaster.forget(live.task.request.kind)

    async def _fail_or_stop(self, running: RunningTask, failure: Failure) -> None:
        """Record the failure, unless the person wanted the task to stop in the same moment."""
        if running.stop is None:
            await self._fail(running, failure)
        else:
            await self._record_stop(running)

    async def _fail(self, running: RunningTask, failure: Failure) -> None:
        live = running.live
        if running.run is not None:
            running.run.vigil.rest()
        event = live.event(TaskFailed, failure=failure)
        await live.end(TaskStatus.FAILED, event, failure=failure, finished_at=self.adapters.clock.now(), estimate=None)

    def _measure(self, run: ActiveRun) -> Measurement:
        task = run.live.task
        return Measurement(
            kind=task.request.kind,
            model=run.model.model.info.name,
            planned_seconds=0.0 if task.builds_on else task.planned_seconds,
            seconds=task.progress.seconds,
        )


async def _to_the_end(last_write: Coroutine[None, None, None]) -> None:
    """Wait for the write that ends a task. Stops that come too late neither tear it nor change how it ended.

    Where it does not end because the store can't take it for now, they do not come too late.
    """
    aio_task = asyncio.ensure_future(last_write)
    stopped = False
    while not aio_task.done():
        try:
            await asyncio.wait([aio_task])
        except asyncio.CancelledError:
            stopped = True
    if stopped and not aio_task.cancelled() and isinstance(aio_task.exception(), StorageBlocked):
        raise asyncio.CancelledError
    aio_task.result()


def _failure_of(error: LegworkError) -> Failure:
    return Failure(type=type(error).__name__, message=error.message, hint=error.hint)


def _unexpected(error: Exception) -> Failure:
    return Failure(
        type="InternalError",
        message=f"Something in Legwork went wrong ({type(error).__name__}). What was finished is kept.",
        hint="Retry the task. The log in the data folder says more.",
    )
