"""How exactly named fields are extracted from invoices whose truth is known, and how exactly by one plain answer."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from desktop.agents.documents.documents_agent import DocumentsAgent
from desktop.agents.documents.extraction import Field, FieldType, parse_fields
from desktop.engine import Document, Input, LanguageModel, Message, Prompt, Role, TaskRequest
from desktop.models import LocalModels
from desktop.tools import PooledReader
from tests.bench.invoices.bill import FIELDS, Bill, make_bills
from tests.bench.invoices.files import write_bill
from tests.fakes.memory_run import MemoryRun

FROZEN_SEED = 2711
"""The invoices that the figure is given for; nothing is tuned on them. Others are for development."""

UNSTATED = "contact_person, ship=name of the ship, bank=name of the bank"
"""Fields that no invoice states."""

_JSON_TYPES = {FieldType.NUMBER: "number", FieldType.BOOLEAN: "boolean"}

Row = dict[str, Any]


async def invoices(
    model_path: str, seed: int = FROZEN_SEED, count: int = 30, method: str = "agent"
) -> AsyncIterator[Row]:
    """A row a field, then a summary. `method`: `agent`, or `baseline`: one schema-constrained answer a document."""
    bills = make_bills(seed, count)
    async with _prepared(model_path, bills, FIELDS) as (run, paths):
        texts = [whole_text(await run.read(source)) for source in await run.sources()]
        began = time.monotonic()
        table = await (_by_agent(run) if method == "agent" else _by_one_answer_each(run.model, texts))
        seconds = time.monotonic() - began
    rows = [row for each in zip(bills, paths, texts, table, strict=True) for row in _judged(*each)]
    for row in rows:
        yield row
    yield {"method": method, "seed": seed, "documents": count, **_summary(rows), "seconds": round(seconds / count, 1)}


async def unstated(model_path: str, seed: int = 12, count: int = 12) -> Row:
    """How many text fields are filled although the invoices say nothing of them."""
    async with _prepared(model_path, make_bills(seed, count), f"{FIELDS}, {UNSTATED}") as (run, _):
        table = await _by_agent(run)
    cells = [row[field.name] for row in table for field in parse_fields(UNSTATED)]
    filled = sum(cell["value"] is not None for cell in cells)
    return {"seed": seed, "documents": count, "cells": len(cells), "filled": filled}


@asynccontextmanager
async def _prepared(
    model_path: str, bills: Sequence[Bill], fields: str
) -> AsyncIterator[tuple[MemoryRun, Sequence[Path]]]:
    """A run on the bills' files, with the model loaded."""
    models, reader = LocalModels(), PooledReader()
    try:
        model = models.open(model_path)
        await model.load()
        with tempfile.TemporaryDirectory() as folder:
            paths = [write_bill(bill, Path(folder), index) for index, bill in enumerate(bills)]
            request = TaskRequest(
                kind=DocumentsAgent.kind,
                goal="Extract the fields of each invoice.",
                inputs=tuple(Input(path=str(path)) for path in paths),
                options={"mode": "extract", "fields": fields},
            )
            yield MemoryRun(request, model, reader), paths
    finally:
        await models.close()
        await reader.close()


def whole_text(document: Document) -> str:
    """The document's text in one piece."""
    return "\n\n".join(part.text for part in document.parts)


async def _by_agent(run: MemoryRun) -> list[Row]:
    """The agent as it is, and the table that it made."""
    await DocumentsAgent().carry_out(run)
    rows: list[Row] = json.loads(run.artifacts["table.json"])["rows"]
    return rows


async def _by_one_answer_each(model: LanguageModel, texts: Sequence[str]) -> list[Row]:
    """All values and quotes of a document in one answer that fits a schema; nothing is computed, nothing repaired."""
    slots = asyncio.Semaphore((await model.load()).slots)

    async def one(text: str) -> Row:
        async with slots:
            answer = await model.answer(plain_prompt(text, parse_fields(FIELDS)))
        try:
            given = json.loads(answer.text)
        except ValueError:  # cut short
            given = {}
        return {name: {**cell, "found": bool(cell["quote"]) and cell["quote"] in text} for name, cell in given.items()}

    return list(await asyncio.gather(*map(one, texts)))


def plain_prompt(text: str, fields: Sequence[Field]) -> Prompt:
    """What one asks any model to have fields of a document, each with its quote, in one answer that fits a schema."""
    properties = {
        field.name: {
            "type": "object",
            "properties": {
                "quote": {"type": "string"},
                "value": {"type": [_JSON_TYPES.get(field.type, "string"), "null"]},
            },
            "required": ["quote", "value"],
        }
        for field in fields
    }
    wanted = "\n".join(f"- {field.name} ({field.type}) {field.hint}" for field in fields)
    content = (
        f"{text}\n\nExtract these fields as JSON, dates as YYYY-MM-DD, numbers as JSON numbers, each with the quote "
        f"from the document that states it:\n{wanted}"
    )
    return Prompt(
        messages=(Message(role=Role.USER, content=content),),
        max_tokens=900,
        schema={"type": "object", "properties": properties, "required": list(properties)},
    )


def _judged(bill: Bill, path: Path, text: str, cells: Row) -> list[Row]:
    """A row a field: exact only if it is the very value of the very type."""
    made = []
    for field, truth in bill.truth().items():
        cell = cells.get(field) or {"value": None, "quote": "", "found": False}
        value = cell["value"]
        made.append(
            {
                "document": path.name,
                "language": bill.language,
                "long": bill.long,
                "wording": bill.wording,
                "field": field,
                "truth": truth,
                "value": value,
                "exact": value == truth and isinstance(value, str) is isinstance(truth, str),
                "quote": cell["quote"],
                "found": bool(cell["found"] and cell["quote"]) and cell["quote"] in text,
            }
        )
    return made


def _summary(rows: Sequence[Row]) -> Row:
    return {
        "fields": len(rows),
        "exact_percent": _percent(rows, "exact"),
        "exact_percent_short": _percent([row for row in rows if not row["long"]], "exact"),
        "exact_percent_long": _percent([row for row in rows if row["long"]], "exact"),
        "right_with_quote_found_percent": _percent([row for row in rows if row["exact"]], "found"),
    }


def _percent(rows: Sequence[Row], key: str) -> float:
    return round(100 * sum(row[key] for row in rows) / len(rows), 2) if rows else 0.0
