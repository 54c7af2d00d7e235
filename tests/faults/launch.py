"""How an application under test is put together: what a test says, and the launcher reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

VARIABLE: Final = "LEGWORK_LAUNCH"

Moment = Literal["before_commit", "within_commit", "after_commit", "within_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """The process kills itself at its `number`-th commit to the database: before any of it is written, when half of it
    is, or when all of it is on disk and nobody has been told. Or at the `number`-th file, before that has its name.
    """

    moment: Moment
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is put in the place of the usual parts. All the rest is the real thing."""

    seed: int = 0
    models: str = ""  # "module:function", called with this record; "": the real ones of the data folder
    agents: str = ""  # "module:class" of the one agent, made without arguments; "": the usual ones
    pace: float = 0.0  # seconds that a model made for tests takes for each piece of text
    most_running: int | None = None
    clock: str = ""  # the file that moves the clock, see `moved_clock`; "": the real clock
    executions: str = ""  # the file that counts what was executed, see `executions`; "": nothing counts
    crash: Crash | None = None
    mutation: str = ""  # the defect that is put in, see `mutations`


def to_environment(launch: Launch) -> dict[str, str]:
    """The variable that tells the launcher."""
    return {VARIABLE: msgspec.json.encode(launch).decode()}


def from_environment(environment: Mapping[str, str]) -> Launch:
    """What the variable says."""
    return msgspec.json.decode(environment.get(VARIABLE, "{}"), type=Launch)
