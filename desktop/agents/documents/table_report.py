"""An extracted table for people."""

from collections.abc import Sequence

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction import Cell, Table
from desktop.agents.documents.report import how_much, plain, unread_markdown
from desktop.engine import Verification

_SHOWN_ROWS = 20
_SHOWN_CHARACTERS = 80


def table_summary(table: Table, corpus: Corpus, verification: Verification) -> str:
    """The table's first rows, and how much was read."""
    rows = [[row.file, *(_shown(cell) for cell in row.cells)] for row in table.rows[:_SHOWN_ROWS]]
    blocks = [_table(["file", *(field.name for field in table.fields)], rows)]
    if len(table.rows) > _SHOWN_ROWS:
        blocks.append(f"The first {_SHOWN_ROWS} of {len(table.rows):,} rows; all are in table.csv.")
    blocks += [plain(verification.note), f"*{plain(how_much(corpus))}*"]
    return "\n\n".join(blocks + (["Not read:", unread_markdown(corpus)] if corpus.unread else []))


def table_report(goal: str, table: Table, corpus: Corpus, verification: Verification) -> str:
    """Every value with the words behind it."""
    blocks = ["# Extracted fields", f"> {plain(goal)}", plain(verification.note)]
    for row in table.rows:
        lines = [
            [field.name, _shown(cell), cell.quote, _place(cell), _mark(cell)]
            for field, cell in zip(table.fields, row.cells, strict=True)
        ]
        blocks += [f"## {plain(row.file)}", _table(["field", "value", "quote", "where", ""], lines)]
    blocks += ["## How this was made", plain(how_much(corpus))]
    notes = [f"- {plain(f'{document.name}: {note}')}" for document in corpus.documents for note in document.notes]
    blocks += ["\n".join(notes)] if notes else []
    return "\n\n".join(blocks + (["Not read:", unread_markdown(corpus)] if corpus.unread else [])) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head)]
    text = ["| " + " | ".join(cells if cells[0] == "---" else map(plain, cells)) + " |" for cells in lines]
    return "\n".join(text + ["| " + " | ".join(map(plain, row)) + " |" for row in rows])


def _shown(cell: Cell) -> str:
    if cell.value is None:
        return "\u2013"
    text = ("yes" if cell.value else "no") if isinstance(cell.value, bool) else str(cell.value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} …"


def _place(cell: Cell) -> str:
    return f"page {cell.page}" if cell.page is not None else ""


def _mark(cell: Cell) -> str:
    if cell.value is None:
        return "not in the document"
    return "✓ found" if cell.found else "✗ not found"
