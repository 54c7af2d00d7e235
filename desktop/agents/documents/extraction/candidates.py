"""The places in a document that could hold a field's value, each with the value that it stands for, best one first."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

from desktop.agents.documents.extraction.date_forms import FoundDate, find_dates
from desktop.agents.documents.extraction.field import Field, FieldType
from desktop.agents.documents.extraction.lexicon import (
    FOREIGN,
    Label,
    concept_of,
    is_key,
    labels_in,
    shared_words,
    words_of,
)
from desktop.agents.documents.extraction.number_forms import FoundNumber, find_numbers

LOOK_BACK: Final = 160  # characters before a value that may label it
_KEY_VALUE: Final = re.compile(
    r"(?:^|\| |\t|  )(?P<key>[^\W\d][^|:\t\n]{0,39}?)(?: ?: +| \| | {3,}|\t+)"
    r"(?P<value>[^\s|](?:(?! {3}| \|)[^|\t\n]){0,119})(?= \||\t|\n| {3}|\Z)",
    re.MULTILINE,
)
_LINE: Final = re.compile(r"[^\s][^\n]*")
_REST: Final = re.compile(r"[ :.#]{1,3}(?P<value>[A-ZÄÖÜ\d][^\n|\t:]{0,59}?)[^\S\n]*(?=\n|\Z)")
_IDENTIFIER: Final = re.compile(
    r"(?<![\w.,/+-])(?=[\w./#+-]{0,40}\d)[A-Za-z\d+#][\w./#-]{0,40}(?: \d[\d/-]{1,11}){0,7}(?<![.,/])(?![\w/])"
)
LOOK_AHEAD: Final = 24
CONDITION: Final = 80  # characters after a value that may make it a condition: "… less 2 % discount"
LISTED: Final = 1.5
"""What an entry of a list is worth less than a statement."""
CLAIMED: Final = -1.0
"""A candidate with this score or less stands beside the label of something else."""
_CURRENCIES: Final = frozenset({"", "€", "$", "£", "EUR", "USD", "GBP", "CHF"})
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


def eligible(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that no other thing's label claims; all, where none is left."""
    return [each for each in ranked if each.score > CLAIMED] or list(ranked)


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
        """The places that could hold a field's value, the best first; of a text field those beside its label."""
        if field.type is FieldType.TEXT:
            return self._beside_keys(concept_of(field))
        concept, words = concept_of(field), words_of(field)
        percent = bool(re.search(r"%|percent|prozent|rate|satz", f"{field.words} {field.hint}", re.IGNORECASE))
        found = [
            Candidate(
                start=start,
                end=end,
                written=self.text[start:end],
                value=value,
                score=self._score(start, end, field.type, concept, words) - penalty,
            )
            for start, end, value, penalty in self._values(field.type, percent=percent)
        ]
        return sorted(map(self._as_listed, found), key=lambda each: (-each.score, each.start))

    def identifiers(self, field: Field) -> list[Candidate]:
        """The words with digits, dates and amounts apart, that could be the number, code or reference of something."""
        concept, words = concept_of(field), words_of(field)
        others = {start for day in self.dates for start in range(day.start, day.end)}
        others.update(number.start for number in self.numbers if isinstance(number.value, float) or number.percent)
        found = []
        for match in _IDENTIFIER.finditer(self.text):
            if match.start() not in others:
                start, end = match.span()
                score = self._score(start, end, field.type, concept, words)
                found.append(Candidate(start=start, end=end, written=match[0], value=match[0], score=score))
        return sorted(found, key=lambda each: (-each.score, each.start))

    def _as_listed(self, candidate: Candidate) -> Candidate:
        if candidate.score < 1.0 and candidate.start in self._listed_numbers:
            return replace(candidate, score=candidate.score - LISTED)
        return candidate

    @cached_property
    def _listed_numbers(self) -> frozenset[int]:
        """Where numbers begin that stand with two others on a line: entries of a table."""
        lines = [line.start() for line in _LINE.finditer(self.text)]
        rows: dict[int, list[int]] = {}
        for number in self.numbers:
            rows.setdefault(bisect_right(lines, number.start), []).append(number.start)
        return frozenset(start for row in rows.values() if len(row) > 2 for start in row)

    @cached_property
    def _listed_dates(self) -> frozenset[int]:
        """Where dates begin that begin their line as one on the line before or after does: entries of a list."""
        starts = {day.start for day in self.dates}
        lines = [line.start() for line in _LINE.finditer(self.text)] if len(starts) > 1 else []
        pairs = [pair for pair in pairwise(lines) if starts.issuperset(pair)]
        return frozenset(start for pair in pairs for start in pair)

    def _beside_keys(self, concept: str | None) -> list[Candidate]:
        """The texts that stand behind the field's own label and a colon, a bar, a tab or a gap."""
        found = []
        for match in _KEY_VALUE.finditer(self.text) if concept else ():
            if is_key(match["key"], concept):
                start, end = match.span("value")
                value = " ".join(match["value"].split())
                found.append(Candidate(start=start, end=end, written=match["value"], value=value, score=SURE))
        return found or (self._behind_labels(concept) if concept else [])

    def _behind_labels(self, concept: str) -> list[Candidate]:
        """The rests of lines that begin with the field's own label; sure within a block of such lines, as in a form."""
        found = []
        lines = list(_LINE.finditer(self.text))
        for at, line in enumerate(lines):
            label = self._label_at(line.start())
            if label is None or label.concept != concept or label.end >= line.end():
                continue
            rest = _REST.match(self.text, label.end)
            if rest is None:
                continue
            around = [lines[near] for near in (at - 1, at + 1) if 0 <= near < len(lines)]
            in_form = any(self._label_at(near.start()) for near in around)
            start, end = rest.span("value")
            found.append(
                Candidate(
                    start=start,
                    end=end,
                    written=rest["value"],
                    value=" ".join(rest["value"].split()),
                    score=SURE if in_form else SURE - 1,
                )
            )
        return sorted(found, key=lambda each: (-each.score, each.start))

    def _label_at(self, offset: int) -> Label | None:
        first = bisect_left(self._label_starts, offset)
        if first < len(self._labels) and self._labels[first].start == offset:
            return self._labels[first]
        return None

    def _condition(self, end: int, concept: str | None) -> float:
        """What follows in the line may say that the value holds on a condition only, or is of another time."""
        return _fit_of_others(self._labels_between(end, self._line_end(end, CONDITION), frozenset()), concept)

    def _values(self, kind: FieldType, *, percent: bool) -> Iterator[tuple[int, int, str | int | float, float]]:
        if kind is FieldType.DATE:
            for day in self.dates:
                yield day.start, day.end, day.value.isoformat(), LISTED if day.start in self._listed_dates else 0.0
        elif kind is FieldType.NUMBER:
            for number in self.numbers:
                yield number.start, number.end, number.value, 4.0 if number.percent is not percent else 0.0

    def _score(self, start: int, end: int, kind: FieldType, concept: str | None, words: frozenset[str]) -> float:
        foreign = FOREIGN[kind]
        line_start = self._line_start(start)
        line_end = self._line_end(end, LOOK_AHEAD)
        before = self.text[line_start:start]
        score = shared_words(words, before) + self._condition(end, concept)
        if labels := self._labels_between(line_start, start, foreign):
            return score + _fit(labels[-1], concept, start) + _fit_of_others(labels[:-1], concept)
        if behind := self._labels_between(end, line_end, foreign):
            right_behind = self.text[end : behind[0].start].strip() in _CURRENCIES
            return score + (0.85 if right_behind else 0.6) * _fit(behind[0], concept, end)
        if not before.strip(" \t|"):
            above_end = max(0, line_start - 1)
            above_start = self._line_start(above_end)
            if labels := self._labels_between(above_start, above_end, foreign):
                more = shared_words(words, self.text[above_start:above_end]) / 2
                return score + more + 0.7 * _fit(labels[-1], concept, above_end)
        return score

    def _line_start(self, offset: int) -> int:
        nearest = max(0, offset - LOOK_BACK)
        return max(nearest, self.text.rfind("\n", nearest, offset) + 1)

    def _line_end(self, offset: int, most: int) -> int:
        line_end = self.text.find("\n", offset, offset + most)
        return line_end if line_end >= 0 else min(len(self.text), offset + most)

    def _labels_between(self, start: int, end: int, foreign: frozenset[str]) -> list[Label]:
        first = bisect_left(self._label_starts, start)
        last = bisect_left(self._label_starts, end)
        return [label for label in self._labels[first:last] if label.end <= end and label.concept not in foreign]

    @cached_property
    def _labels(self) -> list[Label]:
        return labels_in(self.text)

    @cached_property
    def _label_starts(self) -> list[int]:
        return [label.start for label in self._labels]


def _fit(label: Label, concept: str | None, place: int) -> float:
    """How well the closest label speaks for the value whose nearer end is at `place`."""
    if concept is None:
        return 0.0
    distance = max(0, place - label.end, label.start - place) / 60
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
