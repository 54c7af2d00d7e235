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
    found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One document's cells, in the order of the table's fields."""

    file: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What was extracted: one row a document."""

    fields: tuple[Field, ...]
    rows: tuple[Row, ...]


def table_json(table: Table) -> bytes:
    """`{"columns": [...], "rows": [{"file": ..., FIELD: {"value", "quote", "page", "found"}}]}`, UTF-8."""
    names = [field.name for field in table.fields]
    rows: list[dict[str, Any]] = [{"file": row.file, **dict(zip(names, row.cells, strict=True))} for row in table.rows]
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
