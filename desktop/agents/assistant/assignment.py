"""What a request asks of the assistant: its goal and options, understood."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from desktop.agents.assistant.budget import Budget, parse_budget
from desktop.agents.option_names import check_option_names
from desktop.engine import OWN_TOOLS, InvalidRequest, TaskRequest, tool_rules

MOST_CHARACTERS: Final = 4_000
"""Of a goal: it is read again in every turn."""

OPTIONS: Final = ("tools", "policy", "budget", "servers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A request, understood."""

    goal: str
    budget: Budget
    tools: tuple[str, ...] = ()  # the only ones that may be used, by name or as “SERVER.*”; empty: all there are
    files: tuple[str, ...] = ()  # what the person gave, as it is called
    allowed: frozenset[str] = frozenset()  # Legwork's own tools that may be used without a question

    def takes(self, tool: str) -> bool:
        """Whether the task may use that tool at all."""
        return not self.tools or any(
            tool == name or (name.endswith(".*") and tool.startswith(name[:-1])) for name in self.tools
        )


def understand(request: TaskRequest) -> Assignment:
    """The request as an assignment. Raises `InvalidRequest`."""
    goal = request.goal.strip()
    if not goal or len(goal) > MOST_CHARACTERS:
        raise InvalidRequest(
            f"The goal has {len(goal):,} characters, 1 to {MOST_CHARACTERS:,} are possible; nothing was started.",
            hint="Say in a few sentences what is to be reached, and give long material as a file.",
        )
    check_option_names(request.options, OPTIONS, "the assistant")
    named_servers(request)
    rules = tool_rules(request)
    return Assignment(
        goal=goal,
        budget=parse_budget(request.options.get("budget")),
        tools=rules.offered,
        allowed=frozenset(name for name in OWN_TOOLS if rules.allows(name)),
        files=tuple(given.label for given in request.inputs),
    )


def named_servers(request: TaskRequest) -> tuple[str, ...]:
    """The servers that the option names; empty where it leaves all of them. Raises `InvalidRequest`."""
    value = request.options.get("servers") or ()
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InvalidRequest(
            "The option “servers” does not hold names; nothing was started.",
            hint="Write the names of servers in the settings as a list, or with commas between them.",
        )
    return tuple(name.strip() for name in names if name.strip())


def check_servers(request: TaskRequest, there: Collection[str]) -> None:
    """Raise `InvalidRequest` where the task names a server that is not `there`."""
    unknown = [name for name in named_servers(request) if name not in there]
    if unknown:
        raise InvalidRequest(
            f"There is no tool server “{unknown[0][:40]}” in the settings that is switched on; nothing was started.",
            hint=f"There are: {', '.join(sorted(there)) or 'none'}. Leave the option “servers” out to use them all.",
        )
