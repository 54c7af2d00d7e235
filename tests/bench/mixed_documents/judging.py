"""What was extracted and answered, against the truth and the document."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.bench.mixed_documents.documents import Asked, Paper, Value
from tests.bench.questions.judging import denies
from tests.bench.questions.questions import says

Row = dict[str, Any]


def fields_judged(paper: Paper, cells: Mapping[str, Mapping[str, Any]], text: str) -> list[Row]:
    """A row a field. `cells` has `value`, `quote` and `found` of each; `text` is the document's."""
    nothing = {"value": None, "quote": "", "found": False}
    return [_field(paper, name, truth, cells.get(name, nothing), text) for name, truth in paper.truth.items()]


def exact(value: object, truth: Value) -> bool:
    """Whether it is the very value, of the very kind: no number as text, no truth as a number. Spaces do not count."""
    if isinstance(value, str) and isinstance(truth, str):
        return value.split() == truth.split()
    kinds = (bool, str, type(None))
    return value == truth and all(isinstance(value, kind) is isinstance(truth, kind) for kind in kinds)


def right(asked: Asked, answer: str) -> bool:
    """Whether the answer answers; one that there is not has to be denied."""
    return says(answer, asked.ways) if asked.ways else denies(answer)


def not_there(quotes: Iterable[Mapping[str, Any]], text: str) -> int:
    """How many of the quotations that are shown as found are not in the document."""
    whole = " ".join(text.split())
    return sum(quote["found"] and " ".join(quote["text"].split()) not in whole for quote in quotes)


def _field(paper: Paper, name: str, truth: Value, cell: Mapping[str, Any], text: str) -> Row:
    quote = {"text": cell["quote"], "found": bool(cell["found"])}
    return {
        "document": paper.file_name,
        "language": paper.language,
        "field": name,
        "truth": truth,
        "value": cell["value"],
        "exact": exact(cell["value"], truth),
        "quote": cell["quote"],
        "found": quote["found"],
        "not_there": not_there([quote], text),
    }
