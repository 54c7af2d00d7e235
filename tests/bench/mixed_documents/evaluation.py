"""How exactly fields of mixed documents are extracted and questions on them answered, by the agent and at once."""

import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop.agents import DocumentsAgent
from desktop.agents.documents.extraction import parse_fields
from desktop.engine import CannotComplete, DocumentReader, Input, LanguageModel, Message, Prompt, Role, TaskRequest
from desktop.models import LocalModels
from desktop.tools import PooledReader
from tests.bench.invoices.evaluation import plain_prompt, whole_text
from tests.bench.mixed_documents import judging
from tests.bench.mixed_documents.documents import Asked, Paper, papers
from tests.bench.mixed_documents.files import write_paper
from tests.fakes.memory_run import MemoryRun

ANSWER_TOKENS = 500
Row = dict[str, Any]


async def mixed_documents(model_path: str, only: str = "") -> AsyncIterator[Row]:
    """A row a field and a question, both ways on the same weights, then a summary.

    `only`: names of documents, by commas.
    """
    models, reader = LocalModels(), PooledReader()
    try:
        model = models.open(model_path)
        await model.load()
        rows: list[Row] = []
        with tempfile.TemporaryDirectory() as folder:
            for paper in papers():
                if not only or paper.name in only.split(","):
                    path = write_paper(paper, Path(folder))
                    async for row in _both(model, reader, paper, path):
                        rows.append(row)
                        yield row
        yield _summary(rows)
    finally:
        await models.close()
        await reader.close()


async def _both(model: LanguageModel, reader: DocumentReader, paper: Paper, path: Path) -> AsyncIterator[Row]:
    (source,) = await reader.sources((Input(path=str(path)),))
    text = whole_text(await reader.read(source))
    for way, extract, answer in (
        ("single", _extract_by_one_answer, _answer_at_once),
        ("agent", _extract_by_agent, _answer_by_agent),
    ):
        began = time.monotonic()
        cells = await extract(model, reader, paper, path, text)
        seconds = time.monotonic() - began
        for row in judging.fields_judged(paper, cells, text):
            yield {"way": way, "mode": "extract", **row, "seconds": round(seconds / len(paper.truth), 2)}
        for asked in paper.questions:
            began = time.monotonic()
            said, quotes = await answer(model, reader, asked, path, text)
            yield {
                "way": way,
                "mode": "answer",
                "document": paper.file_name,
                "question": asked.text,
                "exact": judging.right(asked, said),
                "not_there": judging.not_there(quotes, text),
                "said": said,
                "seconds": round(time.monotonic() - began, 2),
            }


async def _extract_by_one_answer(
    model: LanguageModel, _reader: DocumentReader, paper: Paper, _path: Path, text: str
) -> Mapping[str, Row]:
    """All fields in one answer that fits a schema; nothing is computed, nothing repaired."""
    answer = await model.answer(plain_prompt(text, parse_fields(paper.fields)))
    try:
        given = json.loads(answer.text)
    except ValueError:  # cut short
        return {}
    return {name: {**cell, "found": cell["value"] is not None} for name, cell in given.items()}


async def _answer_at_once(
    model: LanguageModel, _reader: DocumentReader, asked: Asked, _path: Path, text: str
) -> tuple[str, Sequence[Row]]:
    """One answer to the question behind the document; it names no quotations."""
    content = f"{text}\n\nAnswer from this document alone; say so where it does not say it.\n\n{asked.text}"
    prompt = Prompt(messages=(Message(role=Role.USER, content=content),), max_tokens=ANSWER_TOKENS)
    return (await model.answer(prompt)).text, ()


async def _extract_by_agent(
    model: LanguageModel, reader: DocumentReader, paper: Paper, path: Path, _text: str
) -> Mapping[str, Row]:
    options = {"mode": "extract", "fields": paper.fields}
    _, artifacts = await _carried_out(model, reader, path, "Extract the fields.", options)
    table = json.loads(artifacts.get("table.json", b'{"rows": [{}]}'))
    cells: Mapping[str, Row] = table["rows"][0]
    return cells


async def _answer_by_agent(
    model: LanguageModel, reader: DocumentReader, asked: Asked, path: Path, _text: str
) -> tuple[str, Sequence[Row]]:
    summary, artifacts = await _carried_out(model, reader, path, asked.text, {"mode": "answer"})
    evidence = json.loads(artifacts.get("evidence.json", b'{"answered": false, "quotations": []}'))
    return evidence["text"] if evidence["answered"] else summary, evidence["quotations"]


async def _carried_out(
    model: LanguageModel, reader: DocumentReader, path: Path, goal: str, options: dict[str, Any]
) -> tuple[str, Mapping[str, bytes]]:
    """What the agent as it is says, and its files; nothing where it could not do it."""
    request = TaskRequest(kind=DocumentsAgent.kind, goal=goal, inputs=(Input(path=str(path)),), options=options)
    run = MemoryRun(request, model, reader)
    try:
        result = await DocumentsAgent().carry_out(run)
    except CannotComplete:
        return "", {}
    return result.summary, run.artifacts


def _summary(rows: Sequence[Row]) -> Row:
    documents = len({row["document"] for row in rows})
    summary: Row = {"documents": documents}
    for way in ("single", "agent"):
        mine = [row for row in rows if row["way"] == way]
        for mode in ("extract", "answer"):
            judged = [row for row in mine if row["mode"] == mode]
            summary |= {
                f"{way}_{mode}": len(judged),
                f"{way}_{mode}_exact_percent": round(
                    100 * sum(row["exact"] for row in judged) / max(len(judged), 1), 2
                ),
                f"{way}_{mode}_quotes_not_there": sum(row["not_there"] for row in judged),
                f"{way}_{mode}_seconds": round(sum(row["seconds"] for row in judged) / max(documents, 1), 1),
            }
    return summary
