"""Tools: what they are called and do, what a policy makes of them, and the port through which a run has its own.

Calls are chosen by a model, and what comes back was written by files, pages, programs and servers: both are data. A
server's words about its tools are too, which is why a person has to have accepted them before any model reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from desktop.engine.task import TaskRequest


class Effect(StrEnum):
    """What a call can do, besides giving text back."""

    READS = "reads"  # looks at what the person gave to the task, and changes nothing
    RUNS = "runs"  # runs code in the sandbox, which reaches nothing
    WRITES = "writes"  # changes files in the folders that the person gave
    SENDS = "sends"  # something leaves this machine, as little as an address
    UNKNOWN = "unknown"  # a server's own: nobody here knows


class Policy(StrEnum):
    """What becomes of a call."""

    ALLOW = "allow"
    ASK = "ask"  # the person is shown what would happen, and decides
    DENY = "deny"


class Acquaintance(StrEnum):
    """How well the person knows what is said of a tool."""

    OWN = "own"  # Legwork's
    ACCEPTED = "accepted"  # a server's, in the words that the person has accepted
    NEW = "new"
    CHANGED = "changed"  # the server says something else of it than what was accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something that a model may call. What a server says of it is not trusted."""

    name: str  # "read_file"; of a server "SERVER.tool"
    description: str
    parameters: Mapping[str, Any]  # JSON Schema of an object
    effect: Effect
    server: str = ""  # whose it is; empty for Legwork's own
    acquaintance: Acquaintance = Acquaintance.OWN
    accepted: str = ""  # all the words that were accepted before, where they have changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What is to be called, with which arguments."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutput:
    """What a call gave: text for the model, or in `failed` why there is none."""

    text: str
    failed: bool = False
    wrote: Mapping[str, str] = field(default_factory=dict)  # texts that a program wrote, by path; kept nowhere yet


class Toolbox(Protocol):
    """The tools of one run, in the folders and with the servers that the task was given."""

    async def tools(self) -> tuple[Tool, ...]:
        """All that there are, those that nobody has accepted yet among them. A server that can't be had is left out."""

    def troubles(self) -> tuple[str, ...]:
        """Which servers could not be had and why, a sentence each; known once the tools are."""

    async def accept(self, tools: tuple[Tool, ...]) -> None:
        """The person has accepted what is said of these; it is remembered beyond the run."""

    async def preview(self, call: ToolCall) -> str:
        """Exactly what a call would do, for the person who decides: the address, the change of the file, the code.

        The same as before as long as nothing changed that it depends on: an answer holds for these very words. Raises a
        `LegworkError` where the call can't be made as it is; the model is told.
        """

    async def call(self, call: ToolCall) -> ToolOutput:
        """Do it. What goes wrong is in the output, since the model can do something about it.

        It ends within ten minutes, whatever it waits for.
        """

    async def close(self) -> None:
        """End what was started for the run. What it remembers stays."""


OpenToolbox = Callable[[TaskRequest], Toolbox]
"""Makes the toolbox for a task; nothing is started yet."""


class Tools(Protocol):
    """A run's tools as its agent sees them: behind the policy of the task, journaled, and never repeated unasked.

    Only between steps.
    """

    async def offered(self) -> tuple[Tool, ...]:
        """Those that the task may use.

        Where servers offer tools that the person has not accepted as they are described, it is asked about them first;
        what it does not accept is left out. In the life of a run they stay the same.
        """

    async def troubles(self) -> tuple[str, ...]:
        """Which servers could not be had when the tools were first looked at, and why, a sentence each."""

    async def use(self, key: str, call: ToolCall) -> ToolOutput:
        """Call a tool once in the life of this run, as the step `key`.

        A call that the policy denies, or the person refuses, gives an output that says so. One that may have had an
        effect before the run was interrupted is not repeated without asking. Long outputs are cut, which they say.
        """
