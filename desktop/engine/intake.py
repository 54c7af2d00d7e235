"""Looks at a request before it is a task: can it become one, and what would it take?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from desktop.engine.agent import Agent
from desktop.engine.documents import DocumentReader
from desktop.engine.errors import InvalidRequest
from desktop.engine.estimate import after, first_estimate
from desktop.engine.forecaster import Forecaster
from desktop.engine.identifiers import TaskId
from desktop.engine.request_check import check_request, title_of
from desktop.engine.scheduler import Scheduler
from desktop.engine.task import Task, TaskRequest, TaskStatus, kept_until
from desktop.engine.updates import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Checks requests and foresees their time."""

    agents: Mapping[str, Agent]
    reader: DocumentReader
    forecaster: Forecaster
    scheduler: Scheduler

    async def plan(self, request: TaskRequest) -> float:
        """The nominal seconds of a request. Raises `InvalidRequest`, `UnreadableDocument` or `UnknownModel`."""
        check_request(request)
        agent = self.agents.get(request.kind)
        if agent is None:
            kinds = ", ".join(self.agents)
            raise InvalidRequest(
                f"“{request.kind}” is not a kind of task; nothing was started.", hint=f"Choose one of: {kinds}."
            )
        agent.check(request)
        outline = agent.outline(request, await self.reader.sources(request.inputs))
        return self.forecaster.planned_seconds(request, outline)

    async def forecast(self, request: TaskRequest, planned_seconds: float) -> Forecast:
        """What it would take now, with what goes first."""
        ratio = await self.forecaster.ratio(request)
        own = first_estimate(planned_seconds, ratio)
        running = [running.live.task for running in self.scheduler.running]
        waiting = self.scheduler.would_wait_for(request.priority)
        ahead = [task.estimate or self.forecaster.own_estimate(task) for task in running]
        ahead += [self.forecaster.load_estimate(sort, load) for sort, load in waiting]
        position = len(running) + sum(load.count for _, load in waiting)
        return Forecast(estimate=after(ahead, own), position=position)


def queued_task(
    task_id: TaskId, request: TaskRequest, now: datetime, planned_seconds: float, forecast: Forecast
) -> Task:
    """The request as a task in line, as it is at the moment `now`."""
    return Task(
        task_id=task_id,
        title=title_of(request),
        request=request,
        status=TaskStatus.QUEUED,
        created_at=now,
        expires_at=kept_until(request, now),
        planned_seconds=planned_seconds,
        estimate=forecast.estimate,
        position=forecast.position,
    )
