"""How far a report could be checked."""

from collections.abc import Mapping, Sequence
from typing import Final

from desktop.agents.research.findings import Findings
from desktop.agents.research.material import Unread
from desktop.engine import Check, Verdict, Verification

_FINE = "Every quotation stands in its source, and every sentence rests on quotations; what follows is yours to judge."
_SHOWN: Final = 20  # doubts in the note


def verify(
    findings: Findings, found: Mapping[int, bool], *, sources: int, unread: Sequence[Unread], problems: Sequence[str]
) -> Verification:
    """The verdict. `sources` could be read, `problems` were met on the way."""
    statements = [statement for part in findings.parts if part.answered for statement in part.statements]
    supported = sum(bool(statement.places) and not statement.translated for statement in statements)
    parts = findings.parts
    checks = (
        Check(name="quotations found", passed=sum(found.values()), total=len(found)),
        Check(name="sentences supported", passed=supported, total=len(statements)),
        Check(name="questions answered", passed=sum(part.answered for part in parts), total=len(parts)),
        Check(name="sources read", passed=sources, total=sources + len(unread)),
    )
    doubts: list[str] = []
    if not findings.answered:
        doubts = ["the sources do not answer the question, as far as could be found", *problems]
        return Verification(verdict=Verdict.NOT_VERIFIED, checks=checks, note=_sentence(doubts))
    if lost := len(found) - sum(found.values()):
        doubts.append(f"{lost} of the quotations could not be found in their sources")
    if unsupported := sum(not statement.places for statement in statements):
        doubts.append(f"{unsupported} of the sentences rest on no quotation")
    if translated := sum(statement.translated for statement in statements):
        doubts.append(
            f"{translated} sentences are in another language than their sources; their words were not compared"
            if translated > 1
            else "1 sentence is in another language than its source; its words were not compared"
        )
    if findings.contradictions:
        doubts.append(f"quotations that contradict each other: {len(findings.contradictions)}")
    if unread:
        doubts.append(f"{len(unread)} of the sources could not be read")
    doubts += problems  # last, since they may be many
    if not doubts:
        return Verification(verdict=Verdict.VERIFIED, checks=checks, note=_FINE)
    return Verification(verdict=Verdict.PARTLY, checks=checks, note=_sentence(doubts))


def _sentence(doubts: Sequence[str]) -> str:
    more = [f"and {len(doubts) - _SHOWN:,} more"] if len(doubts) > _SHOWN else []
    note = "; ".join([*doubts[:_SHOWN], *more])
    return f"{note[0].upper()}{note[1:]}."
