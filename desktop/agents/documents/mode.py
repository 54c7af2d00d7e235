"""What a goal asks for, by fixed rules in English and German: so that the same goal always means the same."""

import re
from enum import StrEnum
from typing import Final

from desktop.agents.evidence.number_words import NUMBER_WORDS


class Mode(StrEnum):
    """What is done with the documents."""

    SUMMARISE = "summarise"
    ANSWER = "answer"
    EXTRACT = "extract"


_POLITE: Final = r"^\W*(?:(?:please|bitte|kindly|now|then)\s+)*"
_EXTRACT: Final = re.compile(
    _POLITE + r"(?:extract|extrahier|pull out|lies\b.{1,80}\baus\b|zieh\w*\b.{1,80}\bheraus\b)", re.IGNORECASE
)
_TABLE: Final = re.compile(
    _POLITE
    + r"(?:list|make|create|fill|build|put|collect|tabulate|gib|liste|erstelle?|mach|trag\w*|sammle|füll\w*)\b"
    + r".*\b(?:(?:table|csv|spreadsheet|\w*tabelle)\b"
    r"|(?:with|into|mit) (?:(?:the|these|following|den|diesen|folgenden) )*(?:columns|fields|felder|feldern|spalten)\b"
    r"|(?:columns|fields|felder|spalten):)",
    re.IGNORECASE | re.DOTALL,
)
_QUESTION_WORD: Final = re.compile(
    _POLITE
    + r"(?:who|whom|whose|what|when|where|which|why|how|wer|wen|wem|wessen|was|wann|wo|woher|wohin|wozu|womit|"
    + r"welche[rsnm]?|warum|wieso|weshalb|wie|wieviele?)\b",
    re.IGNORECASE,
)
_SUMMARY: Final = re.compile(
    r"\bsummar(?:y|ies|i[sz]e)|\boverview\b|\btl;?dr\b|\bfass\w*\b.*\bzusammen\b|zusammenfass|\büberblick\b",
    re.IGNORECASE | re.DOTALL,
)
_WANTS_ANSWER: Final = re.compile(
    _POLITE + r"(?:answer|tell me (?:what|who|when|where|which|why|how|if|whether)|find out|check (?:if|whether)|"
    r"beantworte|sag\w* mir|nenn\w* mir|find\w* heraus|prüf\w*,? ob)\b",
    re.IGNORECASE,
)


def mode_of(goal: str) -> Mode:
    """What the goal asks for."""
    if _EXTRACT.search(goal):
        return Mode.EXTRACT
    asks = bool(_QUESTION_WORD.search(goal))
    if not asks and _SUMMARY.search(goal):
        return Mode.SUMMARISE
    if asks or re.search(r"\?[\s\"'\u201c\u201d\u00ab\u00bb)]*(?:$|\n)", goal) or _WANTS_ANSWER.search(goal):
        return Mode.ANSWER
    return Mode.EXTRACT if _TABLE.search(goal) else Mode.SUMMARISE


_COUNT: Final = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(NUMBER_WORDS)})[\s-]+(?:[^\W\d_]+[\s-]+){{0,2}}?"
    r"(?:bullets?|points?|sentences?|takeaways?|theses|findings?|items?|facts?|insights?|"
    r"(?:stich|kern|haupt)?punkte?n?|sätzen?|satz|thesen|aussagen|fakten|erkenntnissen?)\b",
    re.IGNORECASE,
)


def asked_count(goal: str) -> int | None:
    """How many points the goal asks for ("in five points"), None where it does not say."""
    match = _COUNT.search(goal)
    if match is None:
        return None
    written = match.group(1).lower()
    return (int(written) if written.isdigit() else NUMBER_WORDS[written]) or None
