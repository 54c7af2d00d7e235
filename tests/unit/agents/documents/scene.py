"""A small world for tests of the agent: a request, texts, and a model that does what a good one would."""

import json
import re
from collections.abc import Mapping
from typing import Any

from desktop.agents import DocumentsAgent
from desktop.agents.documents.corpus import Corpus, Cut, Mark, ReadDocument, make_corpus
from desktop.engine import Input, Prompt, Result, TaskRequest
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import Script, ScriptedModel

CONTRACT = (
    "The contract starts on 1 May 2024.\f Either side may end it with three months notice.\fIt is void if unpaid."
)

LINE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


def lines_of(prompt: Prompt) -> list[str]:
    """The numbered lines that a prompt shows."""
    return [text for _, text in LINE.findall(prompt.messages[-1].content)]


def properties(prompt: Prompt) -> dict[str, Any]:
    assert prompt.schema is not None
    found: dict[str, Any] = prompt.schema["properties"]
    return found


def is_note(prompt: Prompt) -> bool:
    return "points" in properties(prompt) and "sentence" in properties(prompt)["points"]["items"]["properties"]


def diligent(prompt: Prompt) -> Any:
    """Notes the first sentences word for word, keeps the first notes, and answers with the first note."""
    asked, lines = properties(prompt), lines_of(prompt)
    if "fields" in asked:
        return {"fields": [{"name": "Total sum", "type": "number", "meaning": "what is to be paid"}]}
    if "answered" in asked:
        return {"answered": True, "answer": lines[0], "notes": [1]}
    if "points" not in asked:
        return dict.fromkeys(asked)
    most = asked["points"]["maxItems"]
    if is_note(prompt):
        return {"points": [{"sentence": n, "point": line} for n, line in enumerate(lines[:most], 1)]}
    points = [{"point": line, "notes": [n]} for n, line in enumerate(lines[:most], 1)]
    return {"overview": f"About this: {lines[0]}", "points": points}


def a_request(goal: str, texts: Mapping[str, str], **options: Any) -> TaskRequest:
    inputs = tuple(Input(name=name, text=text) for name, text in texts.items())
    return TaskRequest(kind="documents", goal=goal, inputs=inputs, options=options)


def a_run(request: TaskRequest, script: Script = diligent, **model: Any) -> MemoryRun:
    return MemoryRun(request, ScriptedModel(script, **model), MemoryReader())


async def carry_out(run: MemoryRun) -> Result:
    agent = DocumentsAgent()
    agent.check(run.request)
    return await agent.carry_out(run)


def evidence(run: MemoryRun) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(run.artifacts["evidence.json"])
    return decoded


def prose(sentences: int, topic: str = "bridge") -> str:
    """So many different sentences, in paragraphs of five."""
    made = [f"Sentence {n} tells that the {topic} has {n} pillars of grey granite." for n in range(1, sentences + 1)]
    return "\n\n".join(" ".join(made[start : start + 5]) for start in range(0, sentences, 5))


def a_corpus(texts: Mapping[str, str]) -> Corpus:
    """One passage a text."""
    documents = [
        ReadDocument(
            name=name,
            media_type="text/plain",
            text_file=name,
            characters=len(text),
            pages=0,
            tokens=1,
            marks=(Mark(start=0, line=1),),
        )
        for name, text in texts.items()
    ]
    cuts = {name: (Cut(document=name, number=1, start=0, end=len(text), tokens=1),) for name, text in texts.items()}
    return make_corpus(documents, texts, cuts)
