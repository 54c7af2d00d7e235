"""What a person is asked about tools: whether they know them, and whether a call may be made.

Names, descriptions and arguments come from servers and models. They are shown as text, whole, and nothing in them is
believed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from desktop.engine.question import Question
from desktop.engine.tool_words import told_of
from desktop.engine.tools import Acquaintance, Effect, Tool

if TYPE_CHECKING:
    from desktop.engine.agent import Run

ONCE: Final = "Do it"
ALL: Final = "Do it, always in this task"
NO: Final = "No"
AGAIN: Final = "Do it again"
LEAVE: Final = "Leave it"
ACCEPT: Final = "Accept"
ACCEPT_ALL: Final = "Accept all of them"
ONE_BY_ONE: Final = "Decide one by one"
LEAVE_OUT: Final = "Leave out"

_WHAT_IT_DOES: Final = {
    Effect.READS: "It looks at what you gave to the task.",
    Effect.RUNS: "It runs code in the sandbox.",
    Effect.WRITES: "It changes files in the folders that you gave to the task.",
    Effect.SENDS: "Something leaves this machine.",
    Effect.UNKNOWN: "What a server's tool does, nobody here knows.",
}


def may_question(tool: Tool, preview: str, key: str) -> Question:
    """Whether a call may be made."""
    return Question(
        text=f"May the task use {tool.name}? {_WHAT_IT_DOES[tool.effect]}",
        details=preview,
        choices=(ONCE, ALL, NO),
        key=key,
    )


def again_question(tool: Tool, preview: str, key: str) -> Question:
    """Whether a call is to be made again of which nobody knows whether it was."""
    return Question(
        text=f"The task was interrupted while it used {tool.name}. It may have been done. {_WHAT_IT_DOES[tool.effect]}",
        details=preview,
        choices=(AGAIN, LEAVE),
        key=key,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Asks the person about tools that they do not know, or not as they are described now."""

    run: "Run"

    async def accepted(self, strangers: Iterable[Tool]) -> tuple[Tool, ...]:
        """Those that they accept."""
        accepted: list[Tool] = []
        for server, found in groupby(sorted(strangers, key=_server), key=_server):
            accepted += await self._of_server(server, list(found))
        return tuple(accepted)

    async def _of_server(self, server: str, tools: list[Tool]) -> list[Tool]:
        if len(tools) > 1:
            answer = await self.run.ask_person(_tools_question(server, tools))
            if answer != ONE_BY_ONE:
                return tools if answer == ACCEPT_ALL else []
        return [tool for tool in tools if await self.run.ask_person(_tool_question(server, tool)) == ACCEPT]


def _tools_question(server: str, tools: list[Tool]) -> Question:
    return Question(
        text=f"The server {server} offers {len(tools)} tools that you have not accepted as it describes them. "
        "A model will read these words. May the task use them?",
        details="\n\n".join(_described(tool) for tool in tools),
        choices=(ACCEPT_ALL, ONE_BY_ONE, LEAVE_OUT),
        key=f"tools of {server}",
    )


def _tool_question(server: str, tool: Tool) -> Question:
    is_changed = tool.acquaintance is Acquaintance.CHANGED
    new = "is described otherwise than you accepted it" if is_changed else "is new to you"
    return Question(
        text=f"The tool {tool.name} of the server {server} {new}. A model will read these words. May the task use it?",
        details=_described(tool),
        choices=(ACCEPT, LEAVE_OUT),
        key=f"tool {tool.name}",
    )


def _described(tool: Tool) -> str:
    """All that a model would read of it."""
    return f"{tool.name}\n{told_of(tool)}"


def _server(tool: Tool) -> str:
    return tool.server
