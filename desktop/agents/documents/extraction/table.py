"""The table that an extraction makes: a row a document, a cell a field, and behind each value its quote."""

import csv
import io
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from desktop.agents.documents.extraction.field import Field

Value = str | int | float | bool | None

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A field's value in one document, and the place that states it. Not in the document: no value, no quote.

    Dates are ISO 8601. `quote` stands in the document's text as it is, where `found` is true.
    """

    value: Value = None
    quote: str = ""
    page: int | None = None
    line: int | None = None  # where the document has no pages
    found: bool = False
    named: bool = False  # a label of the field, or its words, stand beside the value; else the model alone chose it


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One document's cells, in the order of the table's fields."""

    file: str
    cells: tuple[Cell, ...]
    unanswered: tuple[str, ...] = ()  # fields for which no answer of the model could be had
    shown: int = 0  # characters of the document that the model saw; code searched all of them
    characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What was extracted: one row a document."""

    fields: tuple[Field, ...]
    rows: tuple[Row, ...]


def numbered_cells(table: Table) -> list[tuple[int, Row, Field, Cell]]:
    """The cells that have a value, with the numbers of their quotations: 1 for the first."""
    filled = [
        (row, field, cell)
        for row in table.rows
        for field, cell in zip(table.fields, row.cells, strict=True)
        if cell.value is not None
    ]
    return [(number, *each) for number, each in enumerate(filled, start=1)]


def table_json(table: Table) -> bytes:
    """`{"columns": [...], "rows": [{"file": ..., FIELD: {"value", "quote", "page", "found"}}]}`, UTF-8."""
    names = [field.name for field in table.fields]
    rows = [{"file": row.file, **dict(zip(names, map(_told, row.cells), strict=True))} for row in table.rows]
    encoded = msgspec.json.encode({"columns": ["file", *names], "rows": rows})
    return msgspec.json.format(encoded, indent=2)


def table_csv(table: Table) -> bytes:
    """The values alone as RFC 4180, UTF-8.

    Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, *CSV injection*).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["file", *(_harmless(field.name) for field in table.fields)])
    for row in table.rows:
        writer.writerow([_harmless(row.file), *(_written(cell.value) for cell in row.cells)])
    return out.getvalue().encode()


def _told(cell: Cell) -> dict[str, Any]:
    return {"value": cell.value, "quote": cell.quote, "page": cell.page, "found": cell.found}


def _written(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return _harmless(value)
    return repr(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
