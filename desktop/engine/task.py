"""A task: what a person asked for, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from desktop.engine.identifiers import RunNumber, TaskId
from desktop.engine.plan import Estimate, Progress
from desktop.engine.question import GivenAnswer, Question
from desktop.engine.result import Failure, Result
from desktop.engine.trashed import Trashed
from desktop.engine.usage import Usage
from desktop.engine.webhook import Webhook


class TaskStatus(StrEnum):
    """The states of the lifecycle; `engine.lifecycle` says which may follow which."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Something to work on: a file or folder (`path`, absolute), or a text given under a name."""

    path: str | None = None
    name: str | None = None
    text: str | None = None

    @property
    def label(self) -> str:
        """What a person calls it: the file's name, or the name that came with the text."""
        if self.name:
            return self.name
        return (self.path or "").replace("\\", "/").rstrip("/").rpartition("/")[2] or "text"


FIRST_RUN = RunNumber(1)
DEFAULT_PRIORITY = 5
DEFAULT_KEEP_DAYS = 30
MAX_GOAL_CHARACTERS = 20_000
MAX_TITLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """What a person or a program asks for, before it is a task."""

    kind: str
    goal: str
    inputs: tuple[Input, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    model: str | None = None  # None: the best one here
    priority: int = DEFAULT_PRIORITY  # 0 to 9, 9 goes first
    keep_days: int = DEFAULT_KEEP_DAYS  # 7 to 30
    title: str | None = None  # None: made from the goal
    memo: dict[str, Any] = field(default_factory=dict)  # what the interface that took the request keeps with it
    webhook: Webhook | None = None  # whom to call about it


def kept_until(request: TaskRequest, since: datetime) -> datetime:
    """When a task goes to Trash whose retention began at `since`."""
    return since + timedelta(days=request.keep_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands. Times are UTC."""

    task_id: TaskId
    title: str
    request: TaskRequest
    status: TaskStatus
    created_at: datetime
    expires_at: datetime  # when it goes to Trash unless pinned; its end moves this date, and before its end it stays
    run: RunNumber = FIRST_RUN
    builds_on: tuple[RunNumber, ...] = ()  # the earlier runs whose results this one began with, the latest first
    started_at: datetime | None = None  # of the current run
    finished_at: datetime | None = None
    pinned: bool = False
    model: str | None = None  # the model that the current run uses, once it is known
    planned_seconds: float = 0.0  # nominal seconds by the outline at submission; see `engine.estimate`
    progress: Progress = field(default_factory=Progress)
    usage: Usage = field(default_factory=Usage)  # of the current run
    estimate: Estimate | None = None  # until the end, waiting included; None: estimating, or over
    position: int | None = None  # tasks ahead while queued
    draft: str = ""  # what there is so far, in Markdown; stays as the partial result of a run that did not complete
    result: Result | None = None
    failure: Failure | None = None
    question: Question | None = None  # what it waits to be told
    answered: GivenAnswer | None = None  # the latest answer to the current run
    hold: str = ""  # why Legwork paused it, to go on by itself; empty where the person did
    trashed: Trashed | None = None  # None: not in Trash


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks to list: newest first, `limit` at a time, after `cursor`."""

    statuses: frozenset[TaskStatus] = frozenset()  # empty: all
    kind: str | None = None
    text: str = ""  # words looked up in title, goal and result
    limit: int = 100
    cursor: TaskId | None = None  # the last identifier of the page before
    trashed: bool = False  # those in Trash, instead of all others


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One page of a list; `cursor` leads to the next one, None where there is none."""

    tasks: tuple[Task, ...]
    cursor: TaskId | None
