"""Reads the questions, and recognises their facts in what was answered."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NEAR = 200  # characters

_CITATION = re.compile(r"\[\d+(?:, ?\d+)*\](?:\([^)\s]*\))?")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2011": "-"})
_MARKS = re.compile(r"[*`¶]|\\(?=[^\w\s])")


class Sort(StrEnum):
    """What a question asks for; the value is the name of its file."""

    LOOKUP = "lookups"
    TIMELINE = "timelines"
    PLACES = "places"  # a list, a comparison or exceptions
    ABSENT = "absent"  # the texts do not say


SEVERAL = (Sort.TIMELINE, Sort.PLACES)
"""Those that take three or more places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that a complete answer says."""

    text: str
    at: str  # file and heading
    ways: tuple[str, ...]  # to recognise it

    def is_in(self, answer: str) -> bool:
        """Whether the answer says it."""
        return says(answer, self.ways)

    def stands_in(self, section: str) -> bool:
        """Whether that section of the texts says it; there the parts may be as far from each other as they are."""
        return says(section, self.ways, near=len(section))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with all that a complete answer says; without facts where the texts do not answer it."""

    name: str
    sort: Sort
    text: str
    facts: tuple[Fact, ...]
    traps: tuple[str, ...]  # ways to recognise an invented answer


@cache
def questions() -> tuple[Question, ...]:
    """All of them."""
    return tuple(
        _question(sort, entry)
        for sort in Sort
        for entry in tomllib.loads((FOLDER / f"{sort}.toml").read_text("utf-8"))["question"]
    )


def says(text: str, ways: Sequence[str], near: int = NEAR) -> bool:
    """Whether one of the ways is found: its first pattern, and the others not farther than `near` from it."""
    said = folded(text)
    return any(_together(way.split(" & "), said, near) for way in ways)


def folded(text: str) -> str:
    """The text without what does not matter: marks, citations, kinds of quotation marks and dashes, line breaks."""
    return " ".join(_MARKS.sub("", _CITATION.sub("", text)).translate(_PLAIN).split())


def _question(sort: Sort, entry: dict[str, Any]) -> Question:
    facts = tuple(Fact(text=fact["text"], at=fact["at"], ways=tuple(fact["ways"])) for fact in entry.get("facts", ()))
    return Question(name=entry["name"], sort=sort, text=entry["text"], facts=facts, traps=tuple(entry.get("traps", ())))


def _together(patterns: Sequence[str], said: str, near: int) -> bool:
    first, *others = (re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    return any(
        all(other.search(said[max(found.start() - near, 0) : found.end() + near]) for other in others)
        for found in first.finditer(said)
    )
