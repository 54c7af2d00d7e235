"""What happened to a task, in the past tense. Events are numbered per task and never change once recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from desktop.engine.identifiers import RunNumber, TaskId
from desktop.engine.plan import PlannedStep
from desktop.engine.question import Question, QuestionId
from desktop.engine.result import Failure, Verdict
from desktop.engine.trashed import TrashCause


@dataclass(frozen=True, slots=True, kw_only=True)
class _TaskEvent:
    task_id: TaskId
    at: datetime  # UTC
    run: RunNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSubmitted(_TaskEvent):
    """The task was accepted and is on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(_TaskEvent):
    """A run of the task began, or went on after a pause or an interruption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade(_TaskEvent):
    """The run made its plan, or revised it."""

    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(_TaskEvent):
    """A step began."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFinished(_TaskEvent):
    """One item of a step finished; `done` of `total` are."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(_TaskEvent):
    """A step finished after `seconds` of running."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed(_TaskEvent):
    """One try at a step or item failed; it is tried again after `retry_in` seconds."""

    step: str
    attempt: int
    reason: str
    retry_in: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStalled(_TaskEvent):
    """Nothing that the task depends on has shown a sign of life for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRevived(_TaskEvent):
    """The task moves again, or is tried again, after it had stalled for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(_TaskEvent):
    """The task asked its person something, and waits for the answer."""

    question_id: QuestionId
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(_TaskEvent):
    """The person answered, and the task is queued again."""

    question_id: QuestionId
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(_TaskEvent):
    """The program ended while the task was running; it continues at its first unfinished step."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPaused(_TaskEvent):
    """The person paused the task, or Legwork did for a `reason`; then it goes on by itself."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResumed(_TaskEvent):
    """The person resumed the task, and it is queued again; or what Legwork paused it for, the `reason`, has passed."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRetried(_TaskEvent):
    """The person asked for a new run, with the number `run`: from the start, or with what was done before a step."""

    from_step: str | None = None  # the step's name; None: from the start


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(_TaskEvent):
    """The result is there, and its check ran."""

    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed(_TaskEvent):
    """The task could not be completed."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled(_TaskEvent):
    """The person cancelled the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPinned(_TaskEvent):
    """The person pinned the task: it stays until it is unpinned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUnpinned(_TaskEvent):
    """The person unpinned the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTrashed(_TaskEvent):
    """The task went to Trash."""

    cause: TrashCause


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRestored(_TaskEvent):
    """The task came back from Trash."""


Event = (
    TaskSubmitted
    | TaskStarted
    | PlanMade
    | StepStarted
    | ItemFinished
    | StepFinished
    | AttemptFailed
    | TaskStalled
    | TaskRevived
    | QuestionAsked
    | QuestionAnswered
    | Interrupted
    | TaskPaused
    | TaskResumed
    | TaskRetried
    | TaskCompleted
    | TaskFailed
    | TaskCancelled
    | TaskPinned
    | TaskUnpinned
    | TaskTrashed
    | TaskRestored
)

EVENT_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
"""The classes by the name under which an event is stored and sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event with its number: 1 for a task's first event, then without gaps."""

    number: int
    event: Event
