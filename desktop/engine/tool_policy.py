"""What a task may do with which tool: by the words of its request, else by what a call of the tool can do.

`options["policy"]` says *allow*, *ask* or *deny* for tools by their names, or for all of a server's by `SERVER.*`:
`{"write_file": "allow", "mail.*": "deny"}`, or the same as a text, `write_file=allow, mail.*=deny`. `options["tools"]`
names the tools that are offered, in a list or a text; all are where it is missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from desktop.engine.errors import InvalidRequest
from desktop.engine.task import TaskRequest
from desktop.engine.tools import Effect, Policy, Tool

OWN_TOOLS: Final[Mapping[str, Effect]] = {
    "list_files": Effect.READS,
    "read_file": Effect.READS,
    "search_files": Effect.READS,
    "write_file": Effect.WRITES,
    "run_python": Effect.RUNS,
    "fetch_page": Effect.SENDS,
    "search_web": Effect.SENDS,
}
"""Legwork's own tools. Those of servers have a dot in their names, and nobody here knows them beforehand."""

HARMLESS: Final = frozenset({Effect.READS, Effect.RUNS})
"""What may be done without being asked about, and done again."""

_STRICTEST_FIRST: Final = (Policy.DENY, Policy.ASK, Policy.ALLOW)
_ALL_OF_A_SERVER: Final = ".*"


def usual_policy(effect: Effect) -> Policy:
    """What becomes of a call of a tool with that effect where nobody says otherwise."""
    return Policy.ALLOW if effect in HARMLESS else Policy.ASK


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRules:
    """The rules of a task, or of a part of one: those of the whole hold there too."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    offered: tuple[str, ...] = ()  # empty: all
    outer: "ToolRules | None" = None

    def policy(self, tool: Tool) -> Policy:
        """What becomes of a call: by its name, by its server, or by its effect; never more than the whole allows."""
        names = (tool.name, f"{tool.server}{_ALL_OF_A_SERVER}")[: 2 if tool.server else 1]
        own = next((self.policies[name] for name in names if name in self.policies), usual_policy(tool.effect))
        if self.offered and not {*names} & {*self.offered}:
            own = Policy.DENY
        whole = Policy.ALLOW if self.outer is None else self.outer.policy(tool)
        return min(own, whole, key=_STRICTEST_FIRST.index)

    def allows(self, name: str) -> bool:
        """Whether one of Legwork's own tools may be used without a question."""
        tool = Tool(name=name, description="", parameters={}, effect=OWN_TOOLS[name])
        return self.policy(tool) is Policy.ALLOW

    def inside(self, outer: "ToolRules") -> Self:
        """These rules for a part of what those hold for."""
        return type(self)(policies=self.policies, offered=self.offered, outer=outer)


def tool_rules(request: TaskRequest) -> ToolRules:
    """What the request says of tools; agents that use some call it in `check`. Raises `InvalidRequest`."""
    return ToolRules(
        policies=_policies(request.options.get("policy", {})), offered=_offered(request.options.get("tools", ()))
    )


def _policies(given: Any) -> dict[str, Policy]:
    if isinstance(given, str):
        pairs = [each.rpartition("=") for each in _listed(given)]
        if not all(sign for _, sign, _ in pairs):
            raise _unclear("policy", "which tool it means")
        given = {name.strip(): policy for name, _, policy in pairs}
    if not isinstance(given, Mapping):
        raise _unclear("policy", "which tool it means")
    _check_names("policy", given)
    return {name: _policy(name, policy) for name, policy in given.items()}


def _policy(name: str, given: Any) -> Policy:
    try:
        return Policy(str(given).strip().lower())
    except ValueError:
        raise InvalidRequest(
            f"The policy for “{name}” is none; nothing was started.", hint="Choose allow, ask or deny."
        ) from None


def _offered(given: Any) -> tuple[str, ...]:
    names = _listed(given) if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise _unclear("tools", "which tools it means")
    _check_names("tools", names)
    return tuple(names)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.replace("\n", ",").split(",") if each.strip()]


def _check_names(option: str, names: Iterable[str]) -> None:
    """Refuse what is no tool: a slip of the pen would leave the one that was meant without its rule."""
    for name in names:
        server, dot, tool = name.rpartition(".")
        if name not in OWN_TOOLS and not (server and dot and tool):
            raise InvalidRequest(
                f"The option “{option}” names “{name}”, which is no tool; nothing was started.",
                hint=f"Legwork's own are {', '.join(OWN_TOOLS)}; those of a server are called SERVER.TOOL, all of "
                "them together SERVER.*.",
            )


def _unclear(option: str, what: str) -> InvalidRequest:
    return InvalidRequest(
        f"The option “{option}” does not say {what}; nothing was started.",
        hint="Write for example policy='write_file=allow, fetch_page=deny' or tools='read_file, search_files'.",
    )
