"""The rows of a table as they come: a draft, like that of notes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from desktop.agents.documents.extraction import Field, Row
from desktop.agents.documents.table_report import rows_markdown
from desktop.engine import Run

_SHOWN_ROWS: Final = 20


@dataclass(slots=True, kw_only=True)
class TableDraft:
    """The rows of a table, as they come."""

    run: Run
    fields: Sequence[Field]
    documents: int
    _rows: list[Row] = field(default_factory=list)

    async def add(self, row: Row) -> None:
        """One more document was read, and these are its fields."""
        self._rows.append(row)
        head = f"Rows so far, of {len(self._rows):,} of {self.documents:,} documents"
        cut = f", the latest {_SHOWN_ROWS}" if len(self._rows) > _SHOWN_ROWS else ""
        table = rows_markdown(self.fields, self._rows[-_SHOWN_ROWS:])
        await self.run.show_draft(f"{head}{cut}; missing and doubtful fields are looked at again later:\n\n{table}")
