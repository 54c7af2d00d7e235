"""The places in a document that could hold a field's value, each with the value that it stands for, best one first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from desktop.agents.documents.extraction.date_forms import FoundDate, find_dates
from desktop.agents.documents.extraction.field import Field, FieldType
from desktop.agents.documents.extraction.lexicon import Label, concept_of, labels_in, shared_words, words_of
from desktop.agents.documents.extraction.number_forms import FoundNumber, find_numbers

LOOK_BACK: Final = 160  # characters before a value that may label it
LOOK_AHEAD: Final = 24
CONDITION: Final = 80  # characters after a value that may make it a condition: "… less 2 % discount"
SURE: Final = 3.0
"""A candidate with this score has the field's own label right before it, in its line."""


MARGIN: Final = 1.5
"""What a candidate must be ahead of any other value to be the field's beyond doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place that could hold a field's value. Dates are ISO 8601. `score` says how well what stands around it fits."""

    start: int
    end: int
    written: str
    value: str | int | float
    score: float = 0.0


def decided(ranked: Sequence[Candidate]) -> Candidate | None:
    """The best candidate where its own label names it and no other value comes near; None where there is doubt."""
    if not ranked or ranked[0].score < SURE:
        return None
    rival = next((each for each in ranked if each.value != ranked[0].value), None)
    return ranked[0] if rival is None or rival.score <= ranked[0].score - MARGIN else None


class SearchedText:
    """A document's text with all its numbers and dates."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def dates(self) -> list[FoundDate]:
        """All dates, in order."""
        return find_dates(self.text)

    @cached_property
    def numbers(self) -> list[FoundNumber]:
        """All numbers that are no part of a date, in order."""
        return list(_outside(find_numbers(self.text), self.dates))

    def candidates(self, field: Field) -> list[Candidate]:
        """The places that could hold the value of a number or date field, the best first, then in order."""
        concept, words = concept_of(field), words_of(field)
        percent = bool(re.search(r"%|percent|prozent|rate|satz", f"{field.words} {field.hint}", re.IGNORECASE))
        found = [
            Candidate(start=start, end=end, written=self.text[start:end], value=value, score=score)
            for start, end, value, penalty in self._values(field.type, percent=percent)
            if (score := self._score(start, end, concept, words) - penalty) is not None
        ]
        return sorted(found, key=lambda each: (-each.score, each.start))

    def _condition(self, end: int, concept: str | None) -> float:
        """What follows in the line may say that the value holds on a condition only, or is of another time."""
        line_end = self.text.find("\n", end, end + CONDITION)
        return _fit_of_others(labels_in(self.text[end : line_end if line_end >= 0 else end + CONDITION]), concept)

    def _values(self, kind: FieldType, *, percent: bool) -> Iterator[tuple[int, int, str | int | float, float]]:
        if kind is FieldType.DATE:
            for day in self.dates:
                yield day.start, day.end, day.value.isoformat(), 0.0
        elif kind is FieldType.NUMBER:
            for number in self.numbers:
                yield number.start, number.end, number.value, 4.0 if number.percent is not percent else 0.0

    def _score(self, start: int, end: int, concept: str | None, words: frozenset[str]) -> float:
        line_start = self.text.rfind("\n", max(0, start - LOOK_BACK), start) + 1 or max(0, start - LOOK_BACK)
        before = self.text[line_start:start]
        line_end = self.text.find("\n", end, end + LOOK_AHEAD)
        after = self.text[end : line_end if line_end >= 0 else end + LOOK_AHEAD]
        score = shared_words(words, before) + self._condition(end, concept)
        if labels := labels_in(before):
            return score + _fit(labels[-1], concept, len(before)) + _fit_of_others(labels[:-1], concept)
        if label := next(iter(labels_in(after)), None):
            return score + 0.6 * _fit(label, concept, label.end)
        above = self.text[max(0, line_start - LOOK_BACK) : line_start].rstrip().rpartition("\n")[2]
        if not before.strip(" \t|") and (labels := labels_in(above)):
            return score + shared_words(words, above) / 2 + 0.7 * _fit(labels[-1], concept, len(above))
        return score


def _fit(label: Label, concept: str | None, reach: int) -> float:
    """How well the closest label speaks for a value that stands `reach` characters after the label's text began."""
    if concept is None:
        return 0.0
    distance = max(0, reach - label.end) / 60
    return max(1.0, 4.0 - distance) if label.concept == concept else -2.0


def _fit_of_others(labels: list[Label], concept: str | None) -> float:
    """A line that speaks of something earlier or of terms does not state the thing itself."""
    return -2.0 if any(label.concept in {"earlier", "terms"} - {concept} for label in labels) else 0.0


def _outside(numbers: list[FoundNumber], dates: list[FoundDate]) -> Iterator[FoundNumber]:
    upcoming = iter(dates)
    day = next(upcoming, None)
    for number in numbers:
        while day is not None and day.end <= number.start:
            day = next(upcoming, None)
        if day is None or number.end <= day.start:
            yield number
