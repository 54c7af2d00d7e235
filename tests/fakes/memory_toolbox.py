"""A toolbox in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from desktop.engine import Acquaintance, InvalidRequest, Tool, ToolCall, ToolOutput

Doing = Callable[[Mapping[str, Any]], str]
"""What a tool does with its arguments. May raise `ValueError` with what the model is told."""


class MemoryToolbox:
    """Implements `Toolbox`. `calls` has what was carried out, in order; `doing` says what comes of it."""

    def __init__(self, tools: Sequence[Tool] = (), doing: Mapping[str, Doing] | None = None) -> None:
        self.there = list(tools)
        self.doing = dict(doing or {})
        self.calls: list[ToolCall] = []
        self.accepted: list[str] = []
        self.trouble: tuple[str, ...] = ()
        self.opened = self.closed = 0

    async def tools(self) -> tuple[Tool, ...]:
        """All of them, as they are known by now."""
        return tuple(self.there)

    def troubles(self) -> tuple[str, ...]:
        """What the test says."""
        return self.trouble

    async def accept(self, tools: tuple[Tool, ...]) -> None:
        """From now on they are accepted."""
        names = [tool.name for tool in tools]
        self.accepted += names
        self.there = [
            replace(tool, acquaintance=Acquaintance.ACCEPTED, accepted="") if tool.name in names else tool
            for tool in self.there
        ]

    async def preview(self, call: ToolCall) -> str:
        """The tool and its arguments."""
        if problem := self._problem(call):
            raise InvalidRequest(problem)
        return f"{call.tool}: {dict(call.arguments)}"

    async def call(self, call: ToolCall) -> ToolOutput:
        """What the test says comes of it."""
        if problem := self._problem(call):
            return ToolOutput(text=problem, failed=True)
        self.calls.append(call)
        try:
            return ToolOutput(text=self.doing.get(call.tool, _done)(call.arguments))
        except ValueError as error:
            return ToolOutput(text=str(error), failed=True)

    async def close(self) -> None:
        """Count it."""
        self.closed += 1

    def _problem(self, call: ToolCall) -> str:
        tool = next((tool for tool in self.there if tool.name == call.tool), None)
        if tool is None:
            return f"There is no tool {call.tool}."
        missing = [name for name in tool.parameters.get("required", ()) if name not in call.arguments]
        return f"{call.tool} was not called: it needs {', '.join(missing)}." if missing else ""


def _done(_arguments: Mapping[str, Any]) -> str:
    return "Done."
