"""The tools of a run behind its policy.

Of a call that may have an effect outside the run's own folder the journal has three things, in this order: that the
person allowed it, where they were to be asked; that it is about to be made; and what came of it. Whoever finds the
second without the third does not know whether it was made, and asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from desktop.engine.awake import within
from desktop.engine.errors import LegworkError, WorkStalled
from desktop.engine.nested_plan import full_name
from desktop.engine.opened_toolbox import OpenedToolbox
from desktop.engine.ports import Clock
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.steps import Steps
from desktop.engine.task import TaskRequest
from desktop.engine.tool_policy import HARMLESS, ToolRules, tool_rules
from desktop.engine.tool_questions import AGAIN, ALL, NO, Meeting, again_question, may_question
from desktop.engine.tools import Acquaintance, Policy, Tool, ToolCall, ToolOutput

if TYPE_CHECKING:
    from desktop.engine.agent import Run

MOST_CHARACTERS: Final = 16_000
"""Of an output that a model gets: some four thousand tokens, more than most of its questions have room for."""

CALL_SECONDS: Final = 600.0
"""How long a call may take: whoever carries it out has limits of their own that are far below."""

LOOK_SECONDS: Final = 300.0
"""How long a look at what there is may take: servers that do not start are given up long before."""

_APART: Final = ""
"""Where the journal keeps what is no step's: no step has an empty name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The tools that a run was given when it first asked, and what it was told of those that it was not."""

    tools: tuple[Tool, ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedTools:
    """Implements `Tools` for a run, or for the part of it whose full name `part` is."""

    run: "Run"
    steps: Steps
    toolbox: OpenedToolbox
    rules: ToolRules
    life: SignsOfLife
    clock: Clock
    part: str = ""

    def narrowed(self, run: "Run", part: str, request: TaskRequest) -> "GuardedTools":
        """For a part: what is allowed there is so in the whole too."""
        return replace(self, run=run, part=part, rules=tool_rules(request).inside(self.rules))

    async def offered(self) -> tuple[Tool, ...]:
        """Those that the task may use, the same ones whenever it is asked."""
        return (await self._offer()).tools

    async def troubles(self) -> tuple[str, ...]:
        """What could not be had, and why."""
        return (await self._offer()).troubles

    async def use(self, key: str, call: ToolCall) -> ToolOutput:
        """Call a tool once in the life of this run, as the step `key`."""
        if self.steps.recall(full_name(self.part, key), "", (call,)) is None:
            why_not = await self._obstacle(key, call)
            if why_not:
                return await self.run.step(key, partial(_refused, why_not), call)
        return await self.run.step(key, self._perform, call)

    async def _offer(self) -> Offer:
        item = full_name(self.part, "tools")
        remembered = self.steps.recall(_APART, item, self.rules)
        if remembered is not None:
            return msgspec.json.decode(remembered, type=Offer)
        allowed = [tool for tool in await self._there() if self.rules.policy(tool) is not Policy.DENY]
        offer = Offer(tools=await self._met(allowed), troubles=self.toolbox.toolbox.troubles())
        await self.steps.note(_APART, item, self.rules, offer)
        return offer

    async def _there(self) -> tuple[Tool, ...]:
        """All that there are; a server may take its time to start."""
        async with self.life.regularly(self.clock):
            try:
                return await within(LOOK_SECONDS, self.toolbox.tools())
            except TimeoutError as error:
                raise WorkStalled(
                    f"The tools were not there within {LOOK_SECONDS / 60:.0f} minutes. What was done is kept.",
                    hint="Try again, or without the tool servers.",
                ) from error

    async def _met(self, tools: Iterable[Tool]) -> tuple[Tool, ...]:
        """Those of the tools that the person knows, after they were asked about the others."""
        found = tuple(tools)
        meeting = Meeting(run=self.run)
        accepted = await meeting.accepted(tool for tool in found if _is_stranger(tool))
        if accepted:
            await self.toolbox.accept(accepted)
        known = {tool.name for tool in accepted}
        return tuple(
            replace(tool, acquaintance=Acquaintance.ACCEPTED, accepted="") if tool.name in known else tool
            for tool in found
            if tool.name in known or not _is_stranger(tool)
        )

    async def _obstacle(self, key: str, call: ToolCall) -> str:
        """Why the call is not made, in words for the model; where it is, its intent is on record."""
        begun = self._times_begun(key, call)
        tool = await self._usable(call.tool)
        if tool is None:
            return await self._missing(call.tool, begun=begun > 0)
        return await self._undecided(key, call, tool, begun)

    def _times_begun(self, key: str, call: ToolCall) -> int:
        """How often the call was about to be made, and may have been."""
        step = full_name(self.part, key)
        return next(number for number in count() if self.steps.recall(step, _intent(number), call) is None)

    async def _missing(self, name: str, *, begun: bool) -> str:
        """That a tool can't be used, with what its server has to do with that."""
        done = "it may have been done before Legwork was interrupted" if begun else "nothing was done"
        troubles = " ".join(self.toolbox.toolbox.troubles())
        names = ", ".join(each.name for each in await self.offered()) or "none"
        return f"{name} can't be used here; {done}. {troubles} The tools that can: {names}.".replace("  ", " ")

    async def _usable(self, name: str) -> Tool | None:
        """The tool as it is now, where it was offered, is still there, and says nothing new of itself."""
        if name not in {tool.name for tool in await self.offered()}:
            return None
        found = await self._met(tool for tool in await self._there() if tool.name == name)
        return found[0] if found else None

    async def _undecided(self, key: str, call: ToolCall, tool: Tool, begun: int) -> str:
        """Ask what the person has to decide, then record what is about to be done; empty where it may be."""
        if begun:
            why_not = await self._begun_before(f"{key} {begun}", call, tool)
        elif self.rules.policy(tool) is Policy.ASK and not self._is_waved_through(tool):
            why_not = await self._refusal(key, call, tool)
        else:
            why_not = ""
        if not why_not and tool.effect not in HARMLESS:
            await self.steps.note(full_name(self.part, key), _intent(begun), call, "about to be done")
        return why_not

    async def _refusal(self, key: str, call: ToolCall, tool: Tool) -> str:
        """What keeps the call from being made after the person was asked; empty where they allow it."""
        try:
            preview = await self.toolbox.toolbox.preview(call)
        except LegworkError as error:  # nobody is asked about what can't be done
            return str(error)
        answer = await self.run.ask_person(may_question(tool, preview, key))
        if answer == ALL:
            await self.steps.note(_APART, _waved_through(tool), _said_of(tool), True)
        return "The person was asked and said no; nothing was done." if answer == NO else ""

    async def _begun_before(self, key: str, call: ToolCall, tool: Tool) -> str:
        """The same for a call of which nobody knows whether it was made."""
        try:
            preview = await self.toolbox.toolbox.preview(call)
        except LegworkError as error:
            return f"This was interrupted: it may be done or not. It was not done again. {error}"
        if await self.run.ask_person(again_question(tool, preview, key)) == AGAIN:
            return ""
        return "This was interrupted: it may be done or not. The person left it at that."

    def _is_waved_through(self, tool: Tool) -> bool:
        return self.steps.recall(_APART, _waved_through(tool), _said_of(tool)) is not None

    async def _perform(self, call: ToolCall) -> ToolOutput:
        """Make the call. What fails is not tried again by itself: it may have had its effect."""
        async with self.life.regularly(self.clock):
            try:
                output = await within(CALL_SECONDS, self.toolbox.call(call))
            except TimeoutError:
                return await _refused(f"No answer came within {CALL_SECONDS / 60:.0f} minutes; it may be done.", call)
            except LegworkError as error:
                return await _refused(str(error), call)
        return replace(output, text=shortened(output.text))


def shortened(text: str) -> str:
    """The text, without its middle where it is too long for a model; what is left out is said in its place."""
    if len(text) <= MOST_CHARACTERS:
        return text
    start, end = MOST_CHARACTERS * 3 // 4, MOST_CHARACTERS // 4
    left_out = len(text) - start - end
    return f"{text[:start]}\n[… {left_out:,} characters are left out here …]\n{text[-end:]}"


async def _refused(why: str, _call: ToolCall) -> ToolOutput:
    return ToolOutput(text=why, failed=True)


def _is_stranger(tool: Tool) -> bool:
    return tool.acquaintance in (Acquaintance.NEW, Acquaintance.CHANGED)


def _intent(number: int) -> str:
    return f"intent {number}"


def _waved_through(tool: Tool) -> str:
    return f"allowed {tool.name}"


def _said_of(tool: Tool) -> tuple[object, ...]:
    return tool.name, tool.description, tool.parameters
