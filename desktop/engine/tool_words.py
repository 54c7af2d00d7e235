"""All that a model would read of a tool, as the person sees it who decides about it."""

from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

import msgspec

from desktop.engine.tools import Acquaintance, Tool


def words_of(description: str, arguments: str) -> str:
    """The description and, below it, the arguments as `arguments_of` writes them."""
    return f"{description}\n\nArguments: {arguments}"


def arguments_of(parameters: Mapping[str, Any]) -> str:
    """A tool's JSON Schema in lines, the same for schemas that differ in nothing but the order of their names."""
    return msgspec.json.format(msgspec.json.encode(parameters, order="sorted"), indent=2).decode()


def told_of(tool: Tool) -> str:
    """What is said of the tool now; where it has changed, as a diff of all that was accepted before."""
    words = words_of(tool.description, arguments_of(tool.parameters))
    if tool.acquaintance is not Acquaintance.CHANGED:
        return words
    before, now = tool.accepted.splitlines(), words.splitlines()
    every_line = len(before) + len(now)
    return "\n".join(unified_diff(before, now, "as you accepted it", "as it is now", n=every_line, lineterm=""))
