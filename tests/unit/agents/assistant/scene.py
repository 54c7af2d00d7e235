"""A desk with files in memory, tools for them, and a model that does what a test says."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from desktop.agents import AssistantAgent
from desktop.engine import Effect, Input, Prompt, Result, TaskRequest, Tool, ToolOutput
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.memory_tools import MemoryTools
from tests.fakes.scripted_model import ScriptedModel

Act = tuple[str, Mapping[str, Any]]
"""An action with its arguments."""

Doing = Callable[[Mapping[str, Any]], str | ToolOutput]


class Desk:
    """Files by their names, and the tools for them."""

    def __init__(self, files: Mapping[str, str], *, much: bool = True) -> None:
        """`much`: there is so much that the model has to choose what to read."""
        self.files = dict(files)
        self.much = much
        self.tools = {
            "list_files": (a_tool("list_files", path=False), self._list),
            "read_file": (a_tool("read_file", path=True), self._read),
            "write_file": (a_tool("write_file", Effect.WRITES, path=True, content=True), self._write),
        }

    def add(self, tool: Tool, doing: Doing) -> None:
        self.tools[tool.name] = (tool, doing)

    def _list(self, _arguments: Mapping[str, Any]) -> str:
        sizes = {name: 90_000 if self.much else len(text) for name, text in sorted(self.files.items())}
        return "\n".join(f"{name} · {size:,} bytes · 2026-01-01" for name, size in sizes.items())

    def _read(self, arguments: Mapping[str, Any]) -> str:
        if arguments["path"] not in self.files:
            raise ValueError(f"{arguments['path']} is not there.")
        return self.files[arguments["path"]]

    def _write(self, arguments: Mapping[str, Any]) -> str:
        self.files[arguments["path"]] = arguments["content"]
        return f"Wrote {arguments['path']}."


def a_tool(name: str, effect: Effect = Effect.READS, *, server: str = "", about: str = "", **parameters: bool) -> Tool:
    """A tool whose parameters are texts; the true ones are required."""
    return Tool(
        name=name,
        description=about or f"This is {name}.",
        parameters={
            "type": "object",
            "properties": {each: {"type": "string", "description": f"the {each}"} for each in parameters},
            "required": [each for each, required in parameters.items() if required],
        },
        effect=effect,
        server=server,
    )


class Script:
    """A model that takes these actions in turn, the last one for ever; answers and looks are as they are told."""

    def __init__(
        self,
        acts: Sequence[Act],
        *,
        answer: str | Sequence[str] = "It is done.",
        looks: Sequence[Mapping[str, Any]] = ({"missing": "", "reached": True},),
        thought: str = "I go on.",
        facts: Sequence[str] = ("Nothing much.",),
    ) -> None:
        self.acts = list(acts)
        self.answers = [answer] if isinstance(answer, str) else list(answer)
        self.looks = list(looks)
        self.thought = thought
        self.facts = facts
        self.arguments: Mapping[str, Any] = {}

    def __call__(self, prompt: Prompt) -> Any:
        if prompt.stop:
            text = self.arguments.get("content", self.arguments.get("code", ""))
            return f"```\n{text}```"
        if prompt.schema is None:
            return _next(self.answers)
        properties = prompt.schema["properties"]
        if "steps" in properties:
            return {"steps": ["Look", "Do it"]}
        if "facts" in properties:
            return {"facts": list(self.facts)}
        if "reached" in properties:
            return dict(_next(self.looks))
        if "action" in properties:
            action, self.arguments = _next(self.acts)
            return {"thought": self.thought, "action": action}
        return json.dumps({name: value for name, value in self.arguments.items() if name in properties})


def _next(of: list[Any]) -> Any:
    return of.pop(0) if len(of) > 1 else of[0]


FINISH: Act = ("finish", {})


def a_run(
    desk: Desk,
    script: Callable[[Prompt], Any],
    goal: str = "Write result.txt",
    *,
    context_tokens: int = 8192,
    journal: dict[tuple[str, str], tuple[str, bytes]] | None = None,
    toolbox: MemoryTools | None = None,
    files: Sequence[str] = ("desk",),
    **options: Any,
) -> MemoryRun:
    """A run of the assistant; give the journal and the tools of another one to go on with it."""
    inputs = tuple(Input(name=name, text="") for name in files)
    request = TaskRequest(kind="assistant", goal=goal, inputs=inputs, options=options)
    model = ScriptedModel(script, context_tokens=context_tokens)
    return MemoryRun(request, model, MemoryReader(), tools=toolbox or MemoryTools(desk.tools), journal=journal)


async def carry_out(run: MemoryRun, agent: AssistantAgent | None = None) -> Result:
    return await (agent or AssistantAgent()).carry_out(run)


def transcript(run: MemoryRun) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(run.artifacts["transcript.json"])
    return read


def choices(run: MemoryRun) -> list[Prompt]:
    """The prompts in which an action was chosen."""
    return [each for each in run.prompts if each.schema and "action" in each.schema["properties"]]
