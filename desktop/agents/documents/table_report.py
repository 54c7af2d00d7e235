"""An extracted table for people."""

from collections.abc import Sequence

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction import Cell, Field, Row, Table, numbered_cells
from desktop.agents.documents.report import how_much, plain, unread_markdown
from desktop.engine import Verification

_SHOWN_ROWS = 20
_SHOWN_CHARACTERS = 80


def table_summary(table: Table, corpus: Corpus, verification: Verification) -> str:
    """The table's first rows, and how much was read."""
    blocks = [rows_markdown(table.fields, table.rows[:_SHOWN_ROWS])]
    if len(table.rows) > _SHOWN_ROWS:
        blocks.append(f"The first {_SHOWN_ROWS} of {len(table.rows):,} rows; all are in table.csv.")
    blocks += [plain(verification.note), f"*{plain(how_much(corpus))} {how_searched(table)}*"]
    return "\n\n".join(blocks + (["Not read:", unread_markdown(corpus)] if corpus.unread else []))


def rows_markdown(fields: Sequence[Field], rows: Sequence[Row]) -> str:
    """Rows with the values of their fields as a table in Markdown."""
    cells = [[row.file, *(_shown(cell) for cell in row.cells)] for row in rows]
    return _table(["file", *(field.name for field in fields)], cells)


def table_report(goal: str, table: Table, corpus: Corpus, verification: Verification) -> str:
    """Every value with the number of its source, and the sources in the documents' words."""
    blocks = ["# Extracted fields", f"> {plain(goal)}", plain(verification.note)]
    numbers = {(row.file, field.name): number for number, row, field, _ in numbered_cells(table)}
    for row in table.rows:
        lines = [
            [field.name, _shown(cell), _source(cell, numbers.get((row.file, field.name)), field.name in row.unanswered)]
            for field, cell in zip(table.fields, row.cells, strict=True)
        ]
        blocks += [f"## {plain(row.file)}", _table(["field", "value", "source"], lines)]
    blocks += ["## Sources", *(_quotation(number, row, cell) for number, row, _, cell in numbered_cells(table))]
    blocks += [] if numbers else ["There are none."]
    blocks += ["## How this was made", f"{plain(how_much(corpus))} {how_searched(table)}"]
    notes = [f"- {plain(f'{document.name}: {note}')}" for document in corpus.documents for note in document.notes]
    blocks += ["\n".join(notes)] if notes else []
    return "\n\n".join(blocks + (["Not read:", unread_markdown(corpus)] if corpus.unread else [])) + "\n"


def how_searched(table: Table) -> str:
    """What of the documents was searched, and what of them the model saw."""
    partly = [row for row in table.rows if row.shown < row.characters]
    searched = "All of the text was searched for labels, dates and numbers"
    if not partly:
        return f"{searched}, and shown to the model."
    shown, characters = (sum(getattr(row, name) for row in table.rows) for name in ("shown", "characters"))
    return f"{searched}; the model saw the {shown:,} of {characters:,} characters that could state an open field."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head)]
    text = ["| " + " | ".join(cells if cells[0] == "---" else map(plain, cells)) + " |" for cells in lines]
    return "\n".join(text + ["| " + " | ".join(map(plain, row)) + " |" for row in rows])


def _shown(cell: Cell) -> str:
    if cell.value is None:
        return "\u2013"
    text = ("yes" if cell.value else "no") if isinstance(cell.value, bool) else str(cell.value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} …"


def _source(cell: Cell, number: int | None, unanswered: bool) -> str:
    if number is not None:
        return f"[{number}]" if cell.named else f"[{number}], without a label"
    return "the model gave no answer" if unanswered else "not found"


def _quotation(number: int, row: Row, cell: Cell) -> str:
    place = f", page {cell.page}" if cell.page is not None else f", line {cell.line}" if cell.line is not None else ""
    mark = "✓ found" if cell.found else "✗ not found"
    return f"**\\[{number}\\]** {plain(f'{row.file}{place}')} · {mark}\n\n> {plain(cell.quote)}"
