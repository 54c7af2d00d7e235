"""Tools in memory, as an agent sees them."""

from collections.abc import Callable, Mapping
from typing import Any

from desktop.engine import Tool, ToolCall, ToolOutput

Doing = Callable[[Mapping[str, Any]], str | ToolOutput]
"""What a tool does with its arguments. May raise `ValueError` with what the model is told."""


class MemoryTools:
    """Implements `Tools`: every call is allowed, kept in `calls`, and remembered by its key and its words."""

    def __init__(self, doing: Mapping[str, tuple[Tool, Doing]] | None = None) -> None:
        self.doing = dict(doing or {})
        self.calls: list[ToolCall] = []
        self.remembered: dict[str, tuple[ToolCall, ToolOutput]] = {}

    async def offered(self) -> tuple[Tool, ...]:
        """All of them."""
        return tuple(tool for tool, _ in self.doing.values())

    async def troubles(self) -> tuple[str, ...]:
        """None."""
        return ()

    async def use(self, key: str, call: ToolCall) -> ToolOutput:
        """What the tool's function gives, once for each key."""
        if key not in self.remembered or self.remembered[key][0] != call:
            self.calls.append(call)
            self.remembered[key] = call, self._output(call)
        return self.remembered[key][1]

    def _output(self, call: ToolCall) -> ToolOutput:
        if call.tool not in self.doing:
            return ToolOutput(text=f"There is no tool {call.tool}.", failed=True)
        try:
            given = self.doing[call.tool][1](call.arguments)
            return given if isinstance(given, ToolOutput) else ToolOutput(text=given)
        except ValueError as error:
            return ToolOutput(text=str(error), failed=True)
