"""The columns of a table for which the request names no fields: the model reads them out of the goal."""

import re
from dataclasses import dataclass

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.extraction import Field, FieldType
from desktop.agents.documents.planning import COLUMNS_STEP
from desktop.agents.evidence.asking import decode_answer, objects
from desktop.engine import CannotComplete, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChooser:
    """Chooses fields for a goal. It sees the person's words only, so no document can change the columns."""

    run: Run
    assignment: Assignment

    async def choose(self) -> tuple[Field, ...]:
        """The request's fields, or those that the goal asks for. Raises `CannotComplete` where there are none."""
        if self.assignment.fields:
            return self.assignment.fields
        fields = await self.run.step(COLUMNS_STEP, self._ask, self.assignment.goal)
        if not fields:
            raise CannotComplete(
                "The goal does not say which fields to extract, or the model did not understand it; nothing was made.",
                hint="Name them, for example fields=\u201cinvoice_number, date:date, total:number\u201d.",
            )
        return fields

    async def _ask(self, _goal: str) -> tuple[Field, ...]:
        answer = await self.run.ask(prompts.fields_prompt(self.assignment))
        fields: dict[str, Field] = {}
        for entry in objects(decode_answer(answer).get("fields")):
            name = re.sub(r"\W+", "_", str(entry.get("name", "")).lower()).strip("_")[:40]
            kind = entry.get("type")
            if name and name != "file" and any(sign.isalpha() for sign in name):
                kind = FieldType(kind) if kind in set(FieldType) else FieldType.TEXT
                hint = " ".join(str(entry.get("meaning", "")).split())
                fields.setdefault(name, Field(name=name, type=kind, hint=hint))
        return tuple(fields.values())
