"""A task as programs see it: the one JSON shape that the HTTP server and the command line share.

Field names and their order are a contract. Times are RFC 3339 in UTC, durations are seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from desktop.api.issued_secret import IssuedSecret
from desktop.api.usage_shape import PublicUsage, public_usage
from desktop.engine import (
    TERMINAL,
    Activity,
    Artifact,
    Check,
    Estimate,
    Failure,
    Forecast,
    Notice,
    Question,
    QuestionId,
    RecordedEvent,
    Result,
    RunNumber,
    StepProgress,
    StepStatus,
    Task,
    TaskId,
    TaskStatus,
    Verdict,
    partial_result,
    question_id,
    retry_steps,
    stopping_step,
)

Range = tuple[float, float]
"""The low and the high end of an estimate."""

_AT_REST: Final = TERMINAL | {TaskStatus.WAITING, TaskStatus.PAUSED}

Addresses = Callable[[Task, Artifact], str]
"""Where an artifact can be had: a URL of the server, or of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStep:
    """A step of the current run."""

    name: str
    title: str
    status: StepStatus
    done: int
    total: int
    unit: str
    seconds: float
    reused: int  # of those done, the ones that an earlier run had finished
    within: str = ""  # name of the step that it is a part of; empty for most


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProgress:
    """How far the current run has come; `fraction` is 0 to 1."""

    fraction: float
    steps: tuple[PublicStep, ...]
    tokens: int
    tokens_per_second: float
    activity: Activity = Activity.NONE  # what the model does for the run
    stalled_seconds: float = 0.0  # since anything that the run depends on showed life; 0 unless it is *stalled*


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicArtifact:
    """A file of the result."""

    name: str
    media_type: str
    size: int
    sha256: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicVerification:
    """The agent's own check of the result."""

    verdict: Verdict
    checks: tuple[Check, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicResult:
    """What a run that ended has to say, in Markdown, and its files.

    Where it did not complete, `partial` is true: `summary` is what there was so far, and nothing of it was checked.
    """

    summary: str
    artifacts: tuple[PublicArtifact, ...]
    verification: PublicVerification
    partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicError:
    """Why a task failed, and what to do."""

    type: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicQuestion:
    """What a task asks: `details` is exactly what would happen. Any text may answer it where there are no `choices`."""

    question_id: QuestionId
    text: str
    details: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTask:
    """A task as it stands. It goes to Trash at `expires_at` once it has ended, unless it is pinned."""

    task_id: TaskId
    kind: str
    title: str
    goal: str
    status: TaskStatus
    run: RunNumber
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime
    pinned: bool
    trashed_at: datetime | None
    model: str | None
    position: int | None
    progress: PublicProgress
    estimated_time: float | None
    estimated_range: Range | None
    result: PublicResult | None
    error: PublicError | None
    question: PublicQuestion | None = None  # what it waits to be told
    hold: str = ""  # why Legwork itself paused it, to go on by itself
    waits: str = ""  # what it waits for besides its turn while queued
    retry_from: tuple[str, ...]  # names of the steps that a new run can begin from, once the task has ended
    stopped_at: str | None  # the one of them in which it stopped; None where it did all of them
    usage: PublicUsage | None = None  # of models, by the current run; None while it used none

    @property
    def rests(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in _AT_REST and not self.hold


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicForecast:
    """What a task would take if it were submitted now: seconds until its end, and the tasks that go first."""

    estimated_time: float
    estimated_range: Range
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicModel:
    """A model that can be named; `size` of its file in bytes, 0 where it runs at `host`, outside this engine."""

    name: str
    size: int
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedTask:
    """The answer to a submission: the task is on disk, and this is what to expect."""

    task_id: TaskId
    status: TaskStatus
    estimated_time: float | None
    estimated_range: Range | None
    position: int | None
    created_at: datetime
    links: dict[str, str]
    webhook: IssuedSecret | None = None  # where a secret was made for the caller


def public_task(task: Task, address: Addresses) -> PublicTask:
    """The task as programs see it; `address` says where its artifacts are."""
    seconds, reach = _estimate(task.estimate)
    result = task.result or partial_result(task)
    stopped = stopping_step(task) if task.status in TERMINAL else None
    return PublicTask(
        task_id=task.task_id,
        kind=task.request.kind,
        title=task.title,
        goal=task.request.goal,
        status=task.status,
        run=task.run,
        created_at=task.created_at,
        started_at=task.started_at,
        finished_at=task.finished_at,
        expires_at=task.expires_at,
        pinned=task.pinned,
        trashed_at=None if task.trashed is None else task.trashed.at,
        model=task.model or task.request.model,
        position=task.position,
        progress=_progress(task),
        estimated_time=seconds,
        estimated_range=reach,
        result=None if result is None else _result(task, result, address),
        error=None if task.failure is None else _error(task.failure),
        question=None if task.question is None else _question(task.run, task.question),
        hold=task.hold,
        waits=task.waits,
        retry_from=tuple(step.name for step in retry_steps(task)) if task.status in TERMINAL else (),
        stopped_at=None if stopped is None else stopped.name,
        usage=public_usage(task.usage),
    )


def public_event(recorded: RecordedEvent) -> dict[str, Any]:
    """An event as programs see it: `number`, `type`, and the event's own fields."""
    fields = msgspec.to_builtins(recorded.event)
    return {"number": recorded.number, "type": type(recorded.event).__name__, **fields}


def accepted_task(task: Task, links: dict[str, str], issued: IssuedSecret | None = None) -> AcceptedTask:
    """The answer to the submission of that task."""
    seconds, reach = _estimate(task.estimate)
    return AcceptedTask(
        task_id=task.task_id,
        status=task.status,
        estimated_time=seconds,
        estimated_range=reach,
        position=task.position,
        created_at=task.created_at,
        links=links,
        webhook=issued,
    )


def public_forecast(forecast: Forecast) -> PublicForecast:
    """The forecast as programs see it."""
    estimate = forecast.estimate
    return PublicForecast(
        estimated_time=round(estimate.seconds, 1),
        estimated_range=(round(estimate.low, 1), round(estimate.high, 1)),
        position=forecast.position,
    )


def to_json(value: object) -> bytes:
    """Any of the shapes above, or a plain value, as JSON in UTF-8."""
    return msgspec.json.encode(value)


def to_plain(value: object) -> Any:
    """Any of the shapes above as dicts, lists and strings."""
    return msgspec.to_builtins(value)


def task_from_json(content: bytes) -> PublicTask:
    """The task that a server sent."""
    return msgspec.json.decode(content, type=PublicTask)


def notices_from_json(content: bytes) -> tuple[Notice, ...]:
    """The notices that a server sent."""
    return msgspec.json.decode(content, type=tuple[Notice, ...])


def accepted_from_json(content: bytes) -> AcceptedTask:
    """The answer to a submission that a server sent."""
    return msgspec.json.decode(content, type=AcceptedTask)


def _estimate(estimate: Estimate | None) -> tuple[float | None, Range | None]:
    if estimate is None:
        return None, None
    return round(estimate.seconds, 1), (round(estimate.low, 1), round(estimate.high, 1))


def _progress(task: Task) -> PublicProgress:
    progress = task.progress
    return PublicProgress(
        fraction=round(progress.fraction, 4),
        steps=tuple(_step(step) for step in progress.steps),
        tokens=progress.tokens,
        tokens_per_second=round(progress.tokens_per_second, 1),
        activity=progress.activity,
        stalled_seconds=progress.stalled_seconds if task.status is TaskStatus.RUNNING else 0.0,
    )


def _step(step: StepProgress) -> PublicStep:
    return PublicStep(
        name=step.name,
        title=step.title,
        status=step.status,
        done=step.done,
        total=step.total,
        unit=step.unit,
        seconds=round(step.seconds, 2),
        reused=step.reused,
        within=step.within,
    )


def _result(task: Task, result: Result, address: Addresses) -> PublicResult:
    verification = result.verification
    return PublicResult(
        summary=result.summary,
        artifacts=tuple(_artifact(task, artifact, address) for artifact in result.artifacts),
        verification=PublicVerification(
            verdict=verification.verdict, checks=verification.checks, note=verification.note
        ),
        partial=result is not task.result,
    )


def _artifact(task: Task, artifact: Artifact, address: Addresses) -> PublicArtifact:
    return PublicArtifact(
        name=artifact.name,
        media_type=artifact.media_type,
        size=artifact.size,
        sha256=artifact.sha256,
        url=address(task, artifact),
    )


def _question(run: RunNumber, question: Question) -> PublicQuestion:
    return PublicQuestion(
        question_id=question_id(run, question),
        text=question.text,
        details=question.details,
        choices=question.choices,
    )


def _error(failure: Failure) -> PublicError:
    return PublicError(type=failure.type, message=failure.message, hint=failure.hint)
