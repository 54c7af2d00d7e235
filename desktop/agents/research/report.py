"""The result for people: what the summary and `report.md` say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.evidence.markdown import plain
from desktop.agents.research.assignment import Assignment
from desktop.agents.research.claims import Claim
from desktop.agents.research.findings import Findings, Part, source_of
from desktop.agents.research.material import Material, Unread
from desktop.agents.research.writing import Statement
from desktop.engine import Verification

NOT_IN_THE_SOURCES: Final = {
    "German": "Das steht nicht in den Quellen.",
    "English": "This is not in the sources.",
}
UNSUPPORTED: Final = "*(unsupported)*"
_UNREAD_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report is made of."""

    assignment: Assignment
    findings: Findings
    numbers: Mapping[tuple[str, int], int]  # of the sources, as `Findings.numbers` gives them
    found: Mapping[int, bool]  # whether the quotation stands in its source, by the claim's place
    materials: Mapping[str, Material]  # by name
    how_much: str
    unread: Sequence[Unread] = ()

    def summary(self) -> str:
        """The answer, what the sources say themselves, and how much was read."""
        first = self.findings.parts[0]
        quoted = [f"- {self._quote(place)}" for place in first.quoted]
        contradictions = self._contradictions("What contradicts each other:")
        how_much = f"*{plain(self.how_much)}*"
        blocks = [self._said(first), "\n".join(quoted), contradictions, self._not_answered(), how_much]
        return "\n\n".join(block for block in blocks if block)

    def markdown(self, verification: Verification) -> str:
        """The whole result."""
        first, *parts = self.findings.parts
        blocks = ["# Answer", f"> {plain(self.assignment.goal)}", self._said(first), self._quotes(first)]
        if parts:
            blocks.append("## The parts of the question")
        for part in parts:
            blocks += [f"### {plain(part.question)}", self._said(part), self._quotes(part)]
        blocks += [self._contradictions("## What contradicts each other"), "## Sources", *self._sources()]
        blocks += ["## How far this was checked", plain(verification.note), plain(self.how_much), *self._unread()]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def _said(self, part: Part) -> str:
        if part.answered:
            return " ".join(self._statement(statement) for statement in part.statements)
        text = NOT_IN_THE_SOURCES.get(self.assignment.language, NOT_IN_THE_SOURCES["English"])
        return f"**{text}**" + (" Closest to the question:" if part.quoted else "")

    def _statement(self, statement: Statement) -> str:
        return f"{plain(statement.text)} {self._marks(statement.places) or UNSUPPORTED}"

    def _quotes(self, part: Part) -> str:
        return "\n".join(f"- {self._quote(place)}" for place in part.quoted)

    def _quote(self, place: int) -> str:
        lost = "" if self.found.get(place) else " ✗ not found in its source"
        claim = self.findings.claims[place]
        under = f"{plain(claim.under)}: " if claim.under else ""
        return f"{under}\u201c{plain(claim.text)}\u201d {self._marks([place])}{lost}"

    def _marks(self, places: Sequence[int]) -> str:
        used = dict.fromkeys(self.numbers[source_of(self.findings.claims[place])] for place in places)
        return " ".join(f"\\[{number}\\]" for number in used)

    def _not_answered(self) -> str:
        """The parts of an answered question that the sources say nothing to."""
        missing = [part.question for part in self.findings.parts[1:] if not part.answered]
        if not missing or not self.findings.answered:
            return ""
        return "\n".join(["Not in the sources:", "", *(f"- {plain(question)}" for question in missing)])

    def _contradictions(self, heading: str) -> str:
        if not self.findings.contradictions:
            return ""
        lines = [
            f"- {self._quote(pair.one)} against {self._quote(pair.other)}" for pair in self.findings.contradictions
        ]
        return "\n".join([heading, "", *lines])

    def _sources(self) -> list[str]:
        if not self.findings.cited():
            return ["There are none."]
        return [self._source(key, number) for key, number in self.numbers.items()]

    def _source(self, key: tuple[str, int], number: int) -> str:
        claims = [(place, self.findings.claims[place]) for place in self.findings.cited()]
        of_it = [(place, claim) for place, claim in claims if source_of(claim) == key]
        quotes = [f"> {plain(claim.text)} · {_mark(self.found.get(place))}" for place, claim in of_it]
        material = self.materials[key[0]]
        place = plain(f"{material.title}, {where(material, of_it[0][1])}")
        return f"**\\[{number}\\]** {place}\n\n" + "\n>\n".join(quotes)

    def _unread(self) -> list[str]:
        lines = [f"- **{plain(each.name)}**: {plain(f'{each.message} {each.hint}')}" for each in self.unread]
        more = [f"- and {len(lines) - _UNREAD_SHOWN:,} more"] if len(lines) > _UNREAD_SHOWN else []
        return ["\n".join(["Not read:", "", *lines[:_UNREAD_SHOWN], *more])] if lines else []


def where(material: Material, claim: Claim) -> str:
    """Where a claim stands: the page's address or the file, and the place in it."""
    parts = [material.where] if material.where != material.title else []
    return ", ".join([*parts, claim.where] if claim.where else parts) or "at its beginning"


def _mark(is_found: bool | None) -> str:
    return "✓ found" if is_found else "✗ not found"
