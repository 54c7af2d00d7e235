"""What the engine needs from outside, apart from models (`engine.inference`) and documents (`engine.documents`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from desktop.engine.delivery_ports import DeliveryStore
from desktop.engine.events import Event, RecordedEvent
from desktop.engine.identifiers import RunNumber, TaskId
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.seen_time import SeenTime
from desktop.engine.submission_key import SubmissionKey
from desktop.engine.task import Task, TaskPage, TaskQuery, TaskStatus


class Clock(Protocol):
    """Time. Durations come from `monotonic`, never from the difference of two dates."""

    def now(self) -> datetime:
        """The date and time, UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back, and stands still while the machine sleeps."""

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


class Identifiers(Protocol):
    """Makes identifiers."""

    def new_task_id(self, now: datetime, after: TaskId | None) -> TaskId:
        """A ULID for that moment that no one has, greater than `after` even where the clock went back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """How long a run took against what it was planned to: the basis of later estimates."""

    kind: str
    model: str
    planned_seconds: float  # by the plan at submission, before any correction; 0 where the run did not do all of it
    seconds: float  # running time of the run, without queue, pauses and the loading of a model


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """What the journal of a new run begins with: all that `run` finished of these steps."""

    run: RunNumber
    steps: tuple[str, ...]  # by their names


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one transaction writes: the task as it is now, and whatever came with it."""

    task: Task
    events: tuple[Event, ...] = ()
    entry: JournalEntry | None = None
    measurement: Measurement | None = None
    reuse: Reuse | None = None  # for the task's run; the earlier run keeps what it has
    secrets: tuple[str, ...] = ()  # of a new task's webhook
    key: SubmissionKey | None = None  # of a new task


class Store(DeliveryStore, Protocol):
    """Persistence. Whatever a method wrote is on disk, for good, when it returns. Raises `StorageFailed`."""

    async def add(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Keep a new task with its first events. Its identifier must be greater than all before, else `ValueError`.

        A key that belongs to a task already is refused with `KeyReused`, and nothing is kept.
        """

    async def record(self, change: Change) -> tuple[RecordedEvent, ...]:
        """Write a change of a known task in one transaction; the events come back with their numbers."""

    async def task(self, task_id: TaskId) -> Task:
        """The task. Raises `UnknownTask`."""

    async def keyed(self, key: str) -> tuple[TaskId, SubmissionKey] | None:
        """The task that was submitted with that key, if it is still there."""

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first: those in Trash, or all others."""

    async def unfinished(self) -> tuple[Task, ...]:
        """All tasks that have not ended, oldest first."""

    async def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks are in each status; those in Trash don't count."""

    async def trash_count(self) -> int:
        """How many tasks are in Trash."""

    async def expired(self, now: datetime, limit: int = 100) -> tuple[TaskId, ...]:
        """Ended tasks that are neither pinned nor in Trash, and were to be kept until `now` or earlier."""

    async def trashed_early(self, now: datetime, limit: int = 100) -> tuple[TaskId, ...]:
        """Tasks that went to Trash because they had expired, and are to be kept until after `now`."""

    async def trashed_before(self, seen: float, limit: int = 100) -> tuple[TaskId, ...]:
        """Tasks in Trash since the seen time `seen` or earlier."""

    async def purge(self, task_id: TaskId) -> None:
        """Remove a task in Trash for good, with all that belongs to it here; remember that its files are to go.

        All of that, or nothing. Raises `UnknownTask` where no such task is in Trash.
        """

    async def purged(self) -> tuple[TaskId, ...]:
        """Tasks that are gone, and whose files are still to go."""

    async def forget_purged(self, task_id: TaskId) -> None:
        """The files of a task that is gone are gone too."""

    async def reclaim(self) -> bool:
        """Give a part of the space of what was deleted back to the disk; whether there is more to give."""

    async def seen_time(self) -> SeenTime | None:
        """What `keep_seen_time` kept last."""

    async def keep_seen_time(self, seen: SeenTime) -> None:
        """Keep how much time the program has seen pass."""

    async def newest_task_id(self) -> TaskId | None:
        """The greatest identifier handed out so far."""

    async def events(self, task_id: TaskId, after: int = 0) -> tuple[RecordedEvent, ...]:
        """A task's events with numbers greater than `after`, in order."""

    async def journal(self, task_id: TaskId, run: RunNumber) -> tuple[JournalEntry, ...]:
        """What a run has finished so far."""

    async def past_runs(self, task_id: TaskId) -> tuple[Task, ...]:
        """The task as it stood at the end of each earlier run, oldest first."""

    async def measurements(self, kind: str, model: str, limit: int = 20) -> tuple[Measurement, ...]:
        """The latest measurements of that kind of task on that model, newest first."""

    async def close(self) -> None:
        """Close the files; what was written stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in a run's folder."""

    name: str
    size: int  # bytes
    sha256: str  # hexadecimal


class Files(Protocol):
    """The files of runs, beside the database. A written file is whole and on disk, or not there at all."""

    async def write(self, task_id: TaskId, run: RunNumber, name: str, content: bytes) -> StoredFile:
        """Write a file of a run. `name` is one path component, or several joined by `/`. Raises `StorageFailed`."""

    async def read(self, task_id: TaskId, run: RunNumber, name: str) -> bytes:
        """A file's content. Raises `StorageFailed` where it is gone."""

    async def tidy(self, task_id: TaskId, run: RunNumber) -> None:
        """Remove what writes left that the end of the program cut off. Nobody may be writing files of the run."""

    async def carry_over(self, task_id: TaskId, earlier: RunNumber, run: RunNumber) -> None:
        """Let `run` have the files of an earlier one too, except those that it has by the same name already.

        Either run may replace a file afterwards: the other one keeps its own. Doing it again changes nothing, and an
        interrupted one is finished by the next. Raises `StorageFailed`.
        """

    def path(self, task_id: TaskId, run: RunNumber, name: str) -> Path:
        """Where the file is, for programs that open it."""

    async def remove(self, task_id: TaskId) -> None:
        """Remove all files of all runs of a task, if there are any. Raises `StorageFailed`; then some may be left."""


class Space(Protocol):
    """The room on the disk that holds the data folder."""

    @property
    def folder(self) -> str:
        """The data folder, as a person calls it."""

    async def free(self) -> int:
        """How many bytes can still be written. Raises `StorageBlocked` where the disk does not say."""


class Notifier(Protocol):
    """Tells the person that something happened while they were elsewhere."""

    async def notify(self, task: Task) -> None:
        """Tell that the task completed, failed or needs an answer; never raises for a missing desktop."""


class Wakefulness(Protocol):
    """Keeps the machine from going to sleep by itself, where the machine lets itself be kept."""

    def keep_awake(self, wanted: bool) -> None:
        """Begin or end to keep it awake. Returns at once, never raises, and asking again changes nothing."""

    async def close(self) -> None:
        """Let the machine sleep again."""
