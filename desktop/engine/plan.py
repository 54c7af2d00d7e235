"""What a run intends to do, and how far it has come.

A plan is made of steps that a person recognises. Each is given its work in the model's tokens, so that progress and
time left come from the same figures.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a step will cost: tokens that the model reads, tokens that it writes, and seconds spent without it."""

    prompt_tokens: float = 0
    output_tokens: float = 0
    seconds: float = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            seconds=self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step that a run intends: `name` is its key in the journal, `title` what a person reads."""

    name: str
    title: str
    work: Work
    total: int = 1  # counted items, 1 for a step without items
    unit: str = ""  # what an item is, in the plural: "pages", "passages"
    within: str = ""  # name of the step that it is a part of, and is shown below; empty for most


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """A step of the current run as a person sees it."""

    name: str
    title: str
    work: Work
    total: int
    unit: str
    status: StepStatus = StepStatus.PENDING
    done: int = 0
    seconds: float = 0.0  # time that this run spent on it, without pauses and without the loading of a model
    reused: int = 0  # of those done, the ones that an earlier run had finished
    within: str = ""  # name of the step that it is a part of, and is shown below; empty for most


class Activity(StrEnum):
    """What a model does for a run."""

    NONE = ""  # nothing was asked of it
    LOADING = "loading"
    WAITING = "waiting"  # it is busy with other tasks
    READING = "reading"  # prompts: a slow machine shows no sign of it for many seconds
    WRITING = "writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come. `fraction` (0 to 1) never goes back within a run."""

    fraction: float = 0.0
    steps: tuple[StepProgress, ...] = ()
    tokens: int = 0  # written by the model in this run
    tokens_per_second: float = 0.0  # over the last seconds; 0 while the model is silent
    activity: Activity = Activity.NONE
    quiet_seconds: float = 0.0  # since the run itself last moved, also where it only waits as it may
    stalled_seconds: float = 0.0  # since anything it depends on last showed life; 0 unless that is a reason to worry

    @property
    def seconds(self) -> float:
        """How long the run has worked: without pauses and interruptions, and whatever became of the clock."""
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds until the end: the likely figure and the range that holds four times out of five."""

    seconds: float
    low: float
    high: float
