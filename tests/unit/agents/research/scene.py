"""A world for the research agent: sources in memory, and a model that chooses by the question's words."""

import json
import re
from collections.abc import Mapping
from typing import Any

from desktop.agents import ResearchAgent
from desktop.engine import Input, Prompt, Result, TaskRequest, Web
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import Script, ScriptedModel

HARBOUR = """# Harbour rules

## Ships

Ships longer than 80 metres need a pilot. The pilot comes aboard at the outer buoy.

The harbour fee for a ship is 40 euros a day.

## Boats

Small boats need no pilot. A boat pays a harbour fee of 5 euros a day.
"""
LETTER = """The harbour office wrote on 3 March 2024.

The harbour fee for a ship is 55 euros a day since March. Dogs must be kept on a lead.
"""
LINE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


def a_request(goal: str, texts: Mapping[str, str] | None = None, **options: Any) -> TaskRequest:
    given = tuple(Input(name=name, text=text) for name, text in (texts or {}).items())
    return TaskRequest(kind="research", goal=goal, inputs=given, options=options)


def a_run(
    request: TaskRequest,
    script: Script | None = None,
    *,
    web: Web | None = None,
    earlier: MemoryRun | None = None,
    context_tokens: int = 4096,
) -> MemoryRun:
    return MemoryRun(
        request,
        ScriptedModel(script or diligent, context_tokens=context_tokens),
        MemoryReader(),
        web=web,
        journal=earlier.journal if earlier else None,
        files=earlier.files if earlier else None,
    )


async def carry_out(run: MemoryRun) -> Result:
    return await ResearchAgent().carry_out(run)


def properties(prompt: Prompt) -> set[str]:
    assert prompt.schema is not None
    return set(prompt.schema["properties"])


def body(prompt: Prompt) -> str:
    return prompt.messages[-1].content


def lines_of(prompt: Prompt) -> list[str]:
    """The numbered sentences that a prompt shows."""
    return [match[2] for match in LINE.finditer(body(prompt))]


def asked(prompt: Prompt) -> str:
    return body(prompt).partition("Question: ")[2].partition("\n")[0]


def words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"\w{4,}", text)}


def diligent(prompt: Prompt) -> Any:
    """Chooses the sentences that share words with the question, and repeats the first of them as the answer."""
    wanted = properties(prompt)
    if "questions" in wanted:
        return {"questions": [{"question": f"What about this: {asked(prompt)}", "words": "fee pilot"}]}
    if "contradict" in wanted:
        return {"contradict": True}
    lines = lines_of(prompt)
    fitting = [number for number, line in enumerate(lines, 1) if words(line) & words(asked(prompt))]
    if "answer" in wanted:
        return {"answer": lines[0], "sentences": [1], "answered": bool(fitting)}
    return {"sentences": fitting[:6]}


def sources(run: MemoryRun) -> list[dict[str, Any]]:
    return list(json.loads(run.artifacts["sources.json"]))


def report(run: MemoryRun) -> str:
    return run.artifacts["report.md"].decode()
