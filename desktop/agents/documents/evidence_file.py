"""The result for programs: `evidence.json`."""

import json
from collections.abc import Sequence
from typing import Any

from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.checking import Evidence, Quotation
from desktop.agents.documents.corpus import Corpus
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
        "documents": [
            {
                "name": document.name,
                "media_type": document.media_type,
                "pages": document.pages,
                "characters": document.characters,
                "tokens": document.tokens,
                "notes": list(document.notes),
            }
            for document in corpus.documents
        ],
        "unread": [{"name": each.name, "message": each.message, "hint": each.hint} for each in corpus.unread],
        "passages": [_passage(corpus, each) for each in notes],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


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
