"""What the model may choose from in a turn: tools, agents that a part can be handed to, and to finish."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from desktop.agents.assistant.assignment import Assignment
from desktop.agents.assistant.plain_schema import plain_schema
from desktop.agents.assistant.turn import FINISH, READER, READING, RESEARCHER, SEARCHING_WEB
from desktop.agents.evidence.fencing import unfenced
from desktop.engine import Agent, Effect, Tool

MOST_ACTIONS: Final = 18
"""More than this many, and a small model loses the goal over the list."""

_MOST_CHARACTERS: Final = 170  # of what is said of a tool
_MOST_HINT: Final = 140  # of what is said of a parameter
_ADDRESS: Final = re.compile(r"://|\bwww\.|\b(?:web|web ?site|web ?page|internet|online|url)\b", re.IGNORECASE)
_PROGRAM: Final = re.compile(
    r"\b(?:programs?|scripts?|functions?|class|modules?|code|tests?|programm|skript|funktion|modul)\b", re.IGNORECASE
)
_WORD: Final = re.compile(r"\w{3,}")

FILLED_IN: Final[Mapping[Effect | None, tuple[str, ...]]] = {Effect.WRITES: ("version",), Effect.RUNS: ("files",)}
"""Parameters that the model is not asked for: what the run last saw of a file, and the files that a program opens."""

LONG: Final[Mapping[Effect | None, str]] = {Effect.WRITES: "content", Effect.RUNS: "code"}
"""Parameters that hold a long text. In JSON, small models get line ends and quotation marks in it wrong."""

# By the kind of agent: the action, the tool that a task has to be allowed for it, and what is said of both.
_PARTS: Final = {
    "documents": (
        READER,
        "read_file",
        "A reader goes through all given files and answers one question about them, with quotations. For files that "
        "are too long to read yourself.",
        "the question, in a full sentence",
    ),
    "code": (
        "write_program",
        "run_python",
        "A programmer writes a Python program with tests and runs it, without your files.",
        "what the program is to do",
    ),
    "research": (
        RESEARCHER,
        READING,
        "A researcher reads many sources on a question and writes a report with citations.",
        "the question, in a full sentence",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to choose."""

    name: str
    description: str
    schema: dict[str, Any]  # of its arguments
    hints: tuple[tuple[str, str], ...] = ()  # what is said of each parameter
    long: str = ""  # the parameter that is written as plain text behind the others; it is not in the schema
    effect: Effect | None = None  # of a tool's call
    helper: Agent | None = None  # who does the part

    @property
    def line(self) -> str:
        """How it stands in the list of actions."""
        required = self.schema.get("required", [])
        names = [name if name in required else f"{name}?" for name in self.schema.get("properties", {})]
        names += [self.long] if self.long else []
        return f"- {self.name}({', '.join(names)}): {self.description}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """All that can be chosen, the same in every turn."""

    actions: tuple[Action, ...]
    left_out: tuple[str, ...] = ()  # tools that there are besides

    def find(self, name: str) -> Action | None:
        """The action of that name; None: there is none."""
        return next((action for action in self.actions if action.name == name), None)

    def names(self, without: Sequence[str] = ()) -> list[str]:
        """What can be chosen now, to finish last; where nothing would be left, all."""
        names = [*(action.name for action in self.actions), FINISH]
        return [name for name in names if name not in without] or names

    def less(self, names: Sequence[str]) -> "Menu":
        """The same without those actions."""
        return replace(self, actions=tuple(action for action in self.actions if action.name not in names))

    @property
    def text(self) -> str:
        """The list as the model reads it."""
        lines = [action.line for action in self.actions]
        return "\n".join([*lines, f"- {FINISH}: Everything is done: give the final answer."])


def make_menu(tools: Sequence[Tool], helpers: Sequence[Agent], assignment: Assignment) -> Menu:
    """The menu of a task; where there are too many tools, those that share most words with the goal."""
    taken = [tool for tool in tools if assignment.takes(tool.name) and _has_a_use(tool.name, tools, assignment)]
    wanted = set(_words(assignment.goal))
    ranked = sorted(taken, key=lambda tool: (bool(tool.server), -len(wanted & set(_words(_said(tool))))))
    kept = {tool.name for tool in ranked[:MOST_ACTIONS]}
    actions = [_of_tool(tool) for tool in taken if tool.name in kept]
    actions += [action for helper in helpers if (action := _of_helper(helper, assignment)) is not None]
    left_out = tuple(tool.name for tool in tools if tool.name not in kept)
    return Menu(actions=tuple(actions), left_out=left_out)


def _of_tool(tool: Tool) -> Action:
    properties = tool.parameters.get("properties")
    hints = [
        (name, _line(of["description"], _MOST_HINT))
        for name, of in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(of, dict) and isinstance(of.get("description"), str)
    ]
    schema = plain_schema(tool.parameters)
    long = "" if tool.server else LONG.get(tool.effect, "")
    long = long if long in schema["properties"] else ""
    for name in (*FILLED_IN.get(tool.effect, ()), long) if not tool.server else ():
        schema["properties"].pop(name, None)
    schema["required"] = [name for name in schema["required"] if name in schema["properties"]]
    return Action(
        name=tool.name,
        long=long,
        description=_line(tool.description, _MOST_CHARACTERS),
        schema=schema,
        hints=tuple(
            (name, hint)
            for name, hint in hints
            if name in schema["properties"] and (tool.server or name != "path")  # an example of one would be copied
        ),
        effect=tool.effect,
    )


def _of_helper(helper: Agent, assignment: Assignment) -> Action | None:
    if helper.kind not in _PARTS or (helper.kind == "documents" and not assignment.files):
        return None
    name, needed, description, hint = _PARTS[helper.kind]
    if needed not in assignment.allowed or (helper.kind == "code" and not _PROGRAM.search(assignment.goal)):
        return None
    schema = plain_schema({"properties": {"goal": {"type": "string"}}, "required": ["goal"]})
    return Action(name=name, description=description, schema=schema, hints=(("goal", hint),), helper=helper)


def _has_a_use(name: str, tools: Sequence[Tool], assignment: Assignment) -> bool:
    """A page needs an address, which a search or the goal gives: else a small model makes one up."""
    can_search = any(tool.name == SEARCHING_WEB for tool in tools)
    return name != "fetch_page" or can_search or _ADDRESS.search(assignment.goal) is not None


def _said(tool: Tool) -> str:
    return f"{tool.name.replace('_', ' ')} {tool.description}"


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _line(text: str, most: int) -> str:
    """A server's words on one line, unable to end a fence."""
    line = unfenced(" ".join(text.split()))
    return line if len(line) <= most else f"{line[:most].rpartition(' ')[0]}…"
