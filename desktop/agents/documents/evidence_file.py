"""The result for programs: `evidence.json`."""

import json
from collections.abc import Sequence
from typing import Any

from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.checking import Evidence, Quotation
from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction import Table, numbered_cells
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import PassageNotes
from desktop.agents.documents.writing import Writing


def evidence_json(
    assignment: Assignment, corpus: Corpus, notes: Sequence[PassageNotes], writing: Writing, evidence: Evidence
) -> bytes:
    """Every claim with its quotations and where they stand, and every passage that was read."""
    quotations = {quotation.number: _quotation(quotation) for quotation in evidence.quotations}
    content = {
        "mode": assignment.mode,
        "goal": assignment.goal,
        "text": " ".join(statement.text for statement in evidence.statements),
        "answered": writing.answered,
        "claims": [
            {
                "text": claim.text,
                "verbatim": claim.verbatim,
                "quotations": [quotations[number] for number in claim.quotations],
            }
            for claim in evidence.statements + evidence.claims
        ],
        "quotations": list(quotations.values()),
        "figures_without_source": list(evidence.unfounded),
        **_read(corpus),
        "passages": [_passage(corpus, each) for each in notes],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def table_evidence_json(goal: str, table: Table, corpus: Corpus) -> bytes:
    """The quotation behind every cell of a table, by the number that it has in the report, and what was read."""
    cells = [
        {"row": row.file, "field": field.name, "value": cell.value, "quotation": number, "beside_label": cell.named}
        for number, row, field, cell in numbered_cells(table)
    ]
    quotations = [
        {
            "number": number,
            "document": row.file,
            "field": field.name,
            "page": cell.page,
            "line": cell.line,
            "text": cell.quote,
            "found": cell.found,
        }
        for number, row, field, cell in numbered_cells(table)
    ]
    shown = [{"document": row.file, "characters": row.characters, "shown_to_model": row.shown} for row in table.rows]
    unanswered = [{"row": row.file, "fields": list(row.unanswered)} for row in table.rows if row.unanswered]
    content = {"mode": Mode.EXTRACT, "goal": goal, "cells": cells, "quotations": quotations}
    content |= {**_read(corpus), "searched": shown, "unanswered": unanswered}
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _read(corpus: Corpus) -> dict[str, Any]:
    """The documents that were read, and those that could not be."""
    documents = [
        {
            "name": document.name,
            "media_type": document.media_type,
            "pages": document.pages,
            "characters": document.characters,
            "tokens": document.tokens,
            "notes": list(document.notes),
        }
        for document in corpus.documents
    ]
    unread = [{"name": each.name, "message": each.message, "hint": each.hint} for each in corpus.unread]
    return {"documents": documents, "unread": unread}


def _quotation(quotation: Quotation) -> dict[str, Any]:
    return {
        "number": quotation.number,
        "document": quotation.document,
        "page": quotation.place.page,
        "line": quotation.place.line,
        "label": quotation.place.label,
        "text": quotation.text,
        "found": quotation.found,
    }


def _passage(corpus: Corpus, notes: PassageNotes) -> dict[str, Any]:
    passage = corpus.passages_of(notes.document)[notes.number - 1]
    return {
        "document": notes.document,
        "number": notes.number,
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "line": passage.line,
        "tokens": passage.tokens,
        "model_answer_used": notes.usable,
        "notes": [point.text for point in notes.points],
    }
