"""How exactly named fields are extracted from invoices whose truth is known, and how exactly by one plain answer."""

import json
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from desktop.agents.documents.corpus import Corpus, Cut, Mark, ReadDocument, make_corpus
from desktop.agents.documents.extraction import Cell, Field, FieldType, extract_table, parse_fields
from desktop.agents.documents.splitting import count_tokens, cut_passages
from desktop.engine import Document, Input, LanguageModel, Message, Prompt, Role, TaskRequest
from desktop.models import LocalModels
from desktop.tools import PooledReader
from tests.bench.invoices.bill import FIELDS, Bill, make_bills
from tests.bench.invoices.files import write_bill
from tests.fakes.memory_run import MemoryRun

PASSAGE_TOKENS = 1200


async def invoices(model_path: str, seed: int, count: int, method: str = "agent") -> AsyncIterator[dict[str, Any]]:
    """A row a field, then a summary. `method`: `agent`, or `baseline`: one schema-constrained answer a document."""
    models, reader = LocalModels(), PooledReader()
    tally = _Tally(method=method, seed=seed)
    try:
        model = models.open(model_path)
        with tempfile.TemporaryDirectory() as folder:
            for index, bill in enumerate(make_bills(seed, count)):
                path = write_bill(bill, Path(folder), index)
                request = TaskRequest(kind="documents", goal="Extract", inputs=(Input(path=str(path)),))
                run = MemoryRun(request, model, reader)
                corpus = await _read(run)
                began = time.monotonic()
                fields = parse_fields(FIELDS)
                cells = await _METHODS[method](run, corpus, fields, model)
                seconds = time.monotonic() - began
                text = await corpus.text(run, corpus.documents[0].name)
                for row in tally.rows(bill, path.name, fields, cells, text, seconds):
                    yield row
        yield tally.summary()
    finally:
        await models.close()
        await reader.close()


async def _read(run: MemoryRun) -> Corpus:
    """The corpus of one document, as the agent would make it."""
    (source,) = await run.sources()
    document = await run.read(source)
    text, marks = _joined(document)
    ends = await count_tokens(text, run.token_ends)
    cuts = [
        Cut(document=document.name, number=number, start=start, end=end, tokens=tokens)
        for number, (start, end, tokens) in enumerate(cut_passages(text, ends, PASSAGE_TOKENS), 1)
    ]
    read = ReadDocument(
        name=document.name,
        media_type=document.media_type,
        text_file="0.txt",
        characters=len(text),
        pages=len(document.parts),
        tokens=len(ends),
        marks=tuple(marks),
    )
    await run.write_file("0.txt", text.encode())
    return make_corpus([read], {read.name: text}, {read.name: cuts})


def _joined(document: Document) -> tuple[str, list[Mark]]:
    text, marks = "", []
    for part in document.parts:
        marks.append(Mark(start=len(text), page=part.page, line=part.line, label=part.label))
        text += part.text.rstrip("\n") + "\n\n"
    return text, marks


async def _by_agent(run: MemoryRun, corpus: Corpus, fields: tuple[Field, ...], model: LanguageModel) -> list[Cell]:
    table = await extract_table(run, corpus, fields)
    return list(table.rows[0].cells)


async def _by_one_answer(run: MemoryRun, corpus: Corpus, fields: tuple[Field, ...], model: LanguageModel) -> list[Cell]:
    """All values and quotes in one answer that fits a schema; nothing is computed and nothing repaired."""
    text = await corpus.text(run, corpus.documents[0].name)
    kinds = {FieldType.NUMBER: {"type": ["number", "null"]}, FieldType.DATE: {"type": ["string", "null"]}}
    properties = {
        field.name: {
            "type": "object",
            "properties": {"quote": {"type": "string"}, "value": kinds.get(field.type, {"type": ["string", "null"]})},
            "required": ["quote", "value"],
        }
        for field in fields
    }
    wanted = "\n".join(f"- {field.name} ({field.type}) {field.hint}" for field in fields)
    prompt = Prompt(
        messages=(
            Message(
                role=Role.USER,
                content=f"{text}\n\nExtract these fields as JSON, dates as YYYY-MM-DD, numbers as JSON numbers, "
                f"each with "
                f"the quote from the document that states it:\n{wanted}",
            ),
        ),
        max_tokens=900,
        schema={"type": "object", "properties": properties, "required": list(properties)},
    )
    try:
        given = json.loads((await model.answer(prompt)).text)
    except ValueError:
        given = {}
    cells = []
    for field in fields:
        cell = given.get(field.name) or {}
        quote = cell.get("quote") or ""
        cells.append(Cell(value=cell.get("value"), quote=quote, found=bool(quote) and quote in text))
    return cells


_METHODS = {"agent": _by_agent, "baseline": _by_one_answer}


class _Tally:
    """Counts what was right."""

    def __init__(self, **about: Any) -> None:
        self.about = about
        self.seconds = 0.0
        self.kept: list[dict[str, Any]] = []
        self.documents = 0

    def rows(
        self, bill: Bill, name: str, fields: tuple[Field, ...], cells: list[Cell], text: str, seconds: float
    ) -> list[dict[str, Any]]:
        """One row a field."""
        self.seconds += seconds
        self.documents += 1
        made = []
        for (field, truth), cell in zip(bill.truth().items(), cells, strict=True):
            made.append(
                {
                    "document": name,
                    "language": bill.language,
                    "long": bill.long,
                    "wording": bill.wording,
                    "field": field,
                    "truth": truth,
                    "value": cell.value,
                    "exact": cell.value == truth and isinstance(cell.value, str) is isinstance(truth, str),
                    "quote": cell.quote,
                    "found": cell.found and bool(cell.quote) and cell.quote in text,
                    "seconds": round(seconds, 1),
                }
            )
        self.kept += made
        return made

    def summary(self) -> dict[str, Any]:
        """The shares in percent."""
        right = [row for row in self.kept if row["exact"]]
        return {
            **self.about,
            "documents": self.documents,
            "fields": len(self.kept),
            "exact_percent": _percent(self.kept, "exact"),
            "exact_percent_short": _percent([row for row in self.kept if not row["long"]], "exact"),
            "exact_percent_long": _percent([row for row in self.kept if row["long"]], "exact"),
            "right_cells_with_quote_found_percent": _percent(right, "found"),
            "seconds_a_document": round(self.seconds / max(1, self.documents), 1),
        }


def _percent(rows: list[dict[str, Any]], key: str) -> float:
    return round(100 * sum(row[key] for row in rows) / len(rows), 2) if rows else 0.0
