"""What a request asks of the assistant: its goal and options, understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.assistant.budget import Budget, parse_budget
from desktop.engine import InvalidRequest, Policy, TaskRequest

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

    def takes(self, tool: str) -> bool:
        """Whether the task may use that tool at all."""
        return not self.tools or any(
            tool == name or (name.endswith("*") and tool.startswith(name[:-1])) for name in self.tools
        )


def understand(request: TaskRequest) -> Assignment:
    """The request as an assignment. Raises `InvalidRequest`."""
    goal = request.goal.strip()
    if not goal or len(goal) > MOST_CHARACTERS:
        raise InvalidRequest(
            f"The goal has {len(goal):,} characters, 1 to {MOST_CHARACTERS:,} are possible; nothing was started.",
            hint="Say in a few sentences what is to be reached, and give long material as a file.",
        )
    unknown = sorted(set(request.options) - set(OPTIONS))
    if unknown:
        raise InvalidRequest(
            f"There is no option “{unknown[0]}” for the assistant; nothing was started.",
            hint=f"The options are {', '.join(OPTIONS)}.",
        )
    _check_policy(request.options.get("policy"))
    _names("servers", request.options.get("servers"))
    return Assignment(
        goal=goal,
        budget=parse_budget(request.options.get("budget")),
        tools=_names("tools", request.options.get("tools")),
        files=tuple(given.label for given in request.inputs),
    )


def _names(option: str, value: Any) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name.strip() for name in names):
        raise InvalidRequest(
            f"The option “{option}” does not hold names; nothing was started.",
            hint=f"Write it as a list or with commas: {option}=NAME, NAME.",
        )
    return tuple(name.strip() for name in names)


def _check_policy(value: Any) -> None:
    if value in (None, ""):
        return
    pairs = value
    if isinstance(value, str):
        split = [part.replace(":", "=").partition("=") for part in value.split(",")]
        pairs = {name.strip(): policy.strip() for name, _, policy in split}
    if not isinstance(pairs, Mapping) or not all(
        isinstance(name, str) and name and policy in set(Policy) for name, policy in pairs.items()
    ):
        raise InvalidRequest(
            f"“{str(value)[:80]}” is no policy for tools; nothing was started.",
            hint=f"Write it as “write_file=ask, fetch_page=deny”; each tool has one of {', '.join(Policy)}.",
        )
