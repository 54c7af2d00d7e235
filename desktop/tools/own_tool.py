"""One of Legwork's own tools: what a model reads of it, and what it does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from desktop.engine import OWN_TOOLS, Tool, ToolOutput, visible

Arguments = Mapping[str, Any]
"""They fit the tool's parameters: whoever calls has checked that."""

PART_CHARACTERS: Final = 8_000
"""Of a long text that a model gets at a time: it asks for the next part where it needs more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTool:
    """A tool. `do` and `preview` raise a `LegworkError` for what can't be done."""

    tool: Tool
    do: Callable[[Arguments], Awaitable[ToolOutput]]
    preview: Callable[[Arguments], Awaitable[str]]


def own_tool(
    name: str,
    description: str,
    properties: Mapping[str, Mapping[str, Any]],
    do: Callable[[Arguments], Awaitable[ToolOutput]],
    *,
    preview: Callable[[Arguments], Awaitable[str]] | None = None,
    optional: tuple[str, ...] = (),
) -> OwnTool:
    """The tool of that name, with the effect that the engine knows of it."""
    parameters = {
        "type": "object",
        "properties": properties,
        "required": [each for each in properties if each not in optional],
        "additionalProperties": False,
    }
    tool = Tool(name=name, description=description, parameters=parameters, effect=OWN_TOOLS[name])
    return OwnTool(tool=tool, do=do, preview=preview or _spelt_out)


def part_of(text: str, number: int, heading: str) -> ToolOutput:
    """A part of a long text under a heading that says which one it is; 1 for the first."""
    parts = max(1, -(-len(text) // PART_CHARACTERS))
    if number > parts:
        return ToolOutput(text=f"{heading} has no part {number}: there are {parts}.", failed=True)
    piece = text[(number - 1) * PART_CHARACTERS : number * PART_CHARACTERS]
    which = f" · part {number} of {parts}" if parts > 1 else ""
    return ToolOutput(text=f"{heading}{which}\n\n{piece}")


async def _spelt_out(arguments: Arguments) -> str:
    return visible("\n".join(f"{name}: {value}" for name, value in arguments.items()))
