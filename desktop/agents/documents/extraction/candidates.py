"""The places in a document that could hold a field's value, each with the value that it stands for, best one first."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

from desktop.agents.documents.extraction.field import Field, FieldType
from desktop.agents.documents.extraction.lexicon import (
    DISTRACTING,
    FOREIGN,
    Label,
    asks_for_share,
    concept_of,
    is_key,
    labels_in,
    shared_words,
    speaks_of_more,
    words_of,
)
from desktop.agents.documents.extraction.sums import Sum, find_sum
from desktop.agents.evidence.date_forms import FoundDate, as_birthday, find_dates
from desktop.agents.evidence.number_forms import FoundNumber, find_numbers

LOOK_BACK: Final = 160  # characters before a value that may label it
_KEY_VALUE: Final = re.compile(
    r"(?:^|\| |\t|  )(?P<key>[^\W\d][^|:\t\n]{0,39}?)(?: ?: +| \| | {3,}|\t+)"
    r"(?P<value>[^\s|](?:(?! {3}| \|)[^|\t\n]){0,119})(?= \||\t|\n| {3}|\Z)",
    re.MULTILINE,
)
_LINE: Final = re.compile(r"[^\s][^\n]*")
_REST: Final = re.compile(r"[ :.#]{1,3}(?P<value>[A-ZÄÖÜ\d][^\n|\t:]{0,59}?)[^\S\n]*(?=\n|\Z)")
_IDENTIFIER: Final = re.compile(
    r"(?<![\w.,/+-])(?:[A-Z]{2}\d\d(?: [A-Z\d]{4}){2,7}(?: [A-Z\d]{1,3})?"  # an account number in groups (ISO 13616)
    r"|(?=[\w./#+-]{0,40}\d)[A-Za-z\d+#][\w./#-]{0,40}(?: \d[\d/-]{1,11}){0,7}(?<![.,/]))(?![\w/])"
)
LOOK_AHEAD: Final = 24
CONDITION: Final = 80  # characters after a value that may make it a condition: "… less 2 % discount"
LISTED: Final = 1.5
"""What a cell of a table is worth less than a statement."""
RECORDED: Final = 4.0
"""What an entry of a list of dated entries is worth less: it records what was, under whichever label."""
CLAIMED: Final = -1.0
"""A candidate with this score or less stands beside the label of something else."""
_MONEY: Final = frozenset({"total", "net", "tax", "price"})
_OWN_VALUE: Final = re.compile(r"[\s:|(]{0,3}(?:EUR|USD|GBP|CHF|[€$£])? ?\d")
_CURRENCIES: Final = frozenset({"", "€", "$", "£", "EUR", "USD", "GBP", "CHF"})
SURE: Final = 3.0
"""A candidate with this score has the field's own label right before it, in its line."""
LABELLED: Final = 1.0
"""A candidate with this score has a label that speaks for it."""
DOUBTED: Final = 2.5
"""What a candidate is worth at most where words between the label and it speak of something else."""
SUMMED: Final = 3.0
"""What a candidate gains that is the net amount, tax or total of a sum that the document itself makes."""
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


def eligible(ranked: Sequence[Candidate], field: Field) -> list[Candidate]:
    """The candidates that no other thing's label claims; all, where none is left or the field has no labels itself."""
    if concept_of(field) is None:
        return list(ranked)
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
        concept = concept_of(field)
        found = self._scored(field, concept)
        if self._sum is not None and (place := self._sum.place_of(concept)) is not None:
            found = [replace(each, score=each.score + SUMMED) if each.start == place else each for each in found]
        return sorted(found, key=lambda each: (-each.score, each.start))

    def identifiers(self, field: Field) -> list[Candidate]:
        """The words with digits, dates and amounts apart, that could be the number, code or reference of something."""
        concept, words = concept_of(field), words_of(field)
        others = {start for day in self.dates for start in range(day.start, day.end)}
        others.update(number.start for number in self.numbers if isinstance(number.value, float) or number.percent)
        found = []
        for match in _IDENTIFIER.finditer(self.text):
            start, end = self._before_date(*match.span())
            if start < end and start not in others:
                written = self.text[start:end]
                recorded = RECORDED if self._line_start(start) in self._listed_lines else 0.0
                score = self._score(start, end, field.type, concept, words) - recorded
                found.append(Candidate(start=start, end=end, written=written, value=written, score=score))
        return sorted(found, key=lambda each: (-each.score, each.start))

    def _scored(self, field: Field, concept: str | None) -> list[Candidate]:
        words = words_of(field)
        found = [
            Candidate(
                start=start,
                end=end,
                written=self.text[start:end],
                value=value,
                score=self._score(start, end, field.type, concept, words) - penalty,
            )
            for start, end, value, penalty in self._values(field, concept)
        ]
        return [self._as_listed(each) for each in found]

    @cached_property
    def _sum(self) -> Sum | None:
        """The sum that a bill makes of net amount and tax."""
        kinds = {name: Field(name=name, type=FieldType.NUMBER) for name in ("net", "tax", "total")}
        return find_sum({name: self._scored(kind, name) for name, kind in kinds.items()})

    def _before_date(self, start: int, end: int) -> tuple[int, int]:
        """A match up to a date that begins within it."""
        at = bisect_right(self._date_starts, start)
        if at < len(self._date_starts) and self._date_starts[at] < end:
            return start, start + len(self.text[start : self._date_starts[at]].rstrip())
        return start, end

    @cached_property
    def _date_starts(self) -> list[int]:
        return [day.start for day in self.dates]

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
    def _listed_lines(self) -> frozenset[int]:
        """Where lines begin that begin with a date as the one before or after does: entries of a list."""
        starts = set(self._date_starts)
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

    def _condition(self, end: int) -> float:
        """What follows in the line may say that the value holds on a condition only, or is of another time.

        What has a value of its own (“previous year 4,800”) speaks of that one, unless it is the condition itself.
        """
        behind = self._labels_between(end, self._line_end(end, CONDITION), frozenset())
        return _distraction(
            label for label in behind if label.concept == "terms" or not _OWN_VALUE.match(self.text, label.end)
        )

    def _values(self, field: Field, concept: str | None) -> Iterator[tuple[int, int, str | int | float, float]]:
        if field.type is FieldType.DATE:
            for day in self.dates:
                value = as_birthday(day, self.dates) if concept == "born" else day.value
                yield day.start, day.end, value.isoformat(), RECORDED if day.start in self._listed_lines else 0.0
        elif field.type is FieldType.NUMBER:
            share = asks_for_share(field)
            for number in self.numbers:
                yield number.start, number.end, number.value, _unlikely(number, share, concept)

    def _score(self, start: int, end: int, kind: FieldType, concept: str | None, words: frozenset[str]) -> float:
        line_start = self._line_start(start)
        score = shared_words(words, self.text[line_start:start])
        if concept is None:
            return score
        foreign = FOREIGN[kind]
        score += self._condition(end)
        if labels := self._labels_between(line_start, start, foreign):
            score += _distraction(labels[:-1])
            if any(each.concept in DISTRACTING and each.end > labels[-1].start for each in labels[:-1]):
                return score - 2.0  # “previous invoice 17 of”: the label itself is of another time
            return self._told(score, labels[-1], concept, start)
        if behind := self._labels_between(end, self._line_end(end, LOOK_AHEAD), foreign):
            right_behind = self.text[end : behind[0].start].strip() in _CURRENCIES
            return self._told(score, behind[0], concept, end, 0.85 if right_behind else 0.6)
        if not self.text[line_start:start].strip(" \t|"):
            above_end = max(0, line_start - 1)
            above_start = self._line_start(above_end)
            if labels := self._labels_between(above_start, above_end, foreign):
                more = shared_words(words, self.text[above_start:above_end]) / 2
                return self._told(score + more, labels[-1], concept, above_end, 0.7)
        return score

    def _told(self, score: float, label: Label, concept: str, place: int, weight: float = 1.0) -> float:
        """A score with what the closest label says of the value whose nearer end is at `place`."""
        if label.concept != concept:
            return score - 2.0 * weight
        between = self.text[label.end : place] if label.end <= place else self.text[place : label.start]
        told = score + weight * max(1.0, 4.0 - len(between) / 60)
        return min(told, DOUBTED) if speaks_of_more(between) else told

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


def _distraction(labels: Iterable[Label]) -> float:
    """A line that speaks of something earlier or of terms does not state the thing itself."""
    return -2.0 if any(label.concept in DISTRACTING for label in labels) else 0.0


def _unlikely(number: FoundNumber, share: bool | None, concept: str | None) -> float:
    """What a number is worth less because it is a percentage, or is none, against what is asked for."""
    if share is None:
        return 0.0 if number.percent else 0.5
    if number.percent is share:
        return 0.0
    return 4.0 if share or concept in _MONEY else 0.5


def _outside(numbers: list[FoundNumber], dates: list[FoundDate]) -> Iterator[FoundNumber]:
    upcoming = iter(dates)
    day = next(upcoming, None)
    for number in numbers:
        while day is not None and day.end <= number.start:
            day = next(upcoming, None)
        if day is None or number.end <= day.start:
            yield number
