"""How many facts the agent finds, and how many one answer from the five best passages of the same texts."""

import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.engine import (
    Agent,
    Answer,
    CannotComplete,
    DocumentReader,
    Input,
    LanguageModel,
    Message,
    Passage,
    Passages,
    Prompt,
    Role,
    Source,
    TaskRequest,
)
from desktop.models import LocalModels
from desktop.tools import PooledReader
from tests.bench.questions import judging
from tests.bench.questions.corpus import check, read_all, unpack
from tests.bench.questions.judging import Quotations
from tests.bench.questions.parts import make_agent, make_passages
from tests.bench.questions.questions import SEVERAL, Question, Sort
from tests.bench.questions.questions import questions as all_questions
from tests.fakes.memory_run import MemoryRun

BEST = 5
ANSWER_TOKENS = 800
ASK = (
    "Answer the question from these passages alone, with everything that they say about it. Prove what you say by "
    "verbatim quotations in double quotation marks, and name the document that each is from. Where the passages do "
    "not answer the question, write: not in the sources."
)
NO_QUOTATIONS = Quotations()
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that is needed to answer a question in both ways."""

    model: LanguageModel
    reader: DocumentReader
    passages: Passages
    agent: Agent
    texts: Path
    sources: tuple[Source, ...]
    corpus: Mapping[str, str]  # text of each file


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one way gave for a question."""

    text: str
    answers: Sequence[Answer]
    listed: Quotations = NO_QUOTATIONS  # of its list of sources
    note: str = ""


async def questions(model_path: str, only: str = "", package: str = "") -> AsyncIterator[Row]:
    """A row a question, with both ways on the same weights, then a summary.

    `only`: names of questions or sorts, by commas. `package`: debian-policy as a `.deb` file or as the folder of its
    documentation; without it, apt is asked for it.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models, reader = LocalModels(), PooledReader()
        stack.push_async_callback(models.close)
        stack.push_async_callback(reader.close)
        texts = unpack(package, folder)
        corpus = await read_all(texts, reader)
        check(corpus, all_questions())
        sources = await reader.sources((Input(path=str(texts)),))
        passages = make_passages(reader, folder)
        stack.push_async_callback(passages.close)
        _, indexing = await _timed(_index(passages, sources))
        model = models.open(model_path)
        await model.load()
        desk = Desk(
            model=model,
            reader=reader,
            passages=passages,
            agent=make_agent(),
            texts=texts,
            sources=sources,
            corpus=corpus,
        )
        rows = []
        for question in all_questions():
            if not only or {question.name, str(question.sort)} & set(only.split(",")):
                rows.append(await _both(desk, question))
                yield rows[-1]
        yield {**_summary(rows), "index_seconds": indexing}


async def _index(passages: Passages, sources: Sequence[Source]) -> None:
    for source in sources:
        await passages.index(source)


async def _timed(work: Any) -> tuple[Any, float]:
    began = time.monotonic()
    return await work, round(time.monotonic() - began, 1)


async def _both(desk: Desk, question: Question) -> Row:
    row: Row = {"question": question.name, "sort": str(question.sort), "facts": len(question.facts)}
    single, seconds = await _timed(_single(desk, question))
    row |= _judged("single", desk, question, single, seconds)
    agent, seconds = await _timed(_by_agent(desk, desk.agent, question))
    return row | _judged("agent", desk, question, agent, seconds)


async def _single(desk: Desk, question: Question) -> Given:
    """One answer from the best passages, as one asks any model."""
    best = await desk.passages.find(question.text, desk.sources, BEST)
    content = f"{_shown(best)}\n\n{ASK}\n\nQuestion: {question.text}"
    prompt = Prompt(messages=(Message(role=Role.USER, content=content),), max_tokens=ANSWER_TOKENS)
    answer = await desk.model.answer(prompt)
    return Given(text=answer.text, answers=(answer,))


def _shown(passages: Sequence[Passage]) -> str:
    return "\n\n".join(f"From {passage.document} ({passage.heading}):\n{passage.text}" for passage in passages)


async def _by_agent(desk: Desk, agent: Agent, question: Question) -> Given:
    request = TaskRequest(
        kind="research", goal=question.text, inputs=(Input(path=str(desk.texts)),), options={"web": "off"}
    )
    run = MemoryRun(request, desk.model, desk.reader, passages=desk.passages)
    try:
        await agent.carry_out(run)
    except CannotComplete as error:
        return Given(text="", answers=run.answers, note=str(error))
    sources = json.loads(run.artifacts.get("sources.json", b"[]"))
    return Given(
        text=run.artifacts.get("report.md", b"").decode(),
        answers=run.answers,
        listed=judging.listed(sources, desk.corpus),
    )


def _judged(way: str, desk: Desk, question: Question, given: Given, seconds: float) -> Row:
    found = judging.found(question, given.text)
    quoted = judging.quoted(given.text, desk.corpus)
    return {
        f"{way}_found": len(found),
        f"{way}_missed": [fact.text for fact in question.facts if fact not in found],
        f"{way}_denied": judging.denies(given.text),
        f"{way}_rightly_denied": question.sort is Sort.ABSENT and judging.rightly_denied(question, given.text),
        f"{way}_quotes": given.listed.shown + quoted.shown,
        f"{way}_quotes_real": given.listed.real + quoted.real,
        f"{way}_words": len(given.text.split()),
        f"{way}_answers": len(given.answers),
        f"{way}_tokens": sum(answer.output_tokens for answer in given.answers),
        f"{way}_seconds": seconds,
        f"{way}_note": given.note,
        f"{way}_said": given.text,
    }


def _summary(rows: Sequence[Row]) -> Row:
    several = [row for row in rows if row["sort"] in SEVERAL]
    absent = [row for row in rows if row["sort"] == Sort.ABSENT]
    present = [row for row in rows if row["sort"] != Sort.ABSENT]
    summary: Row = {"questions": len(rows), "unanswerable": len(absent), "facts": _sum(rows, "facts")}
    for way in ("single", "agent"):
        if rows and f"{way}_found" in rows[0]:
            summary |= {
                f"{way}_found": _sum(rows, f"{way}_found"),
                f"{way}_share": _ratio(_sum(rows, f"{way}_found"), _sum(rows, "facts")),
                f"{way}_share_several": _ratio(_sum(several, f"{way}_found"), _sum(several, "facts")),
                f"{way}_rightly_denied": _sum(absent, f"{way}_rightly_denied"),
                f"{way}_denied_beside_facts": _sum(present, f"{way}_denied"),
                f"{way}_quotes": _sum(rows, f"{way}_quotes"),
                f"{way}_quotes_real": _sum(rows, f"{way}_quotes_real"),
                f"{way}_seconds": _ratio(_sum(rows, f"{way}_seconds"), len(rows)),
                f"{way}_tokens": _ratio(_sum(rows, f"{way}_tokens"), len(rows)),
            }
    if "agent_found" in summary:
        summary["ratio"] = _ratio(summary["agent_found"], summary["single_found"])
        summary["ratio_several"] = _ratio(_sum(several, "agent_found"), _sum(several, "single_found"))
    return summary


def _sum(rows: Sequence[Row], key: str) -> Any:
    return sum(row[key] for row in rows)


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None
