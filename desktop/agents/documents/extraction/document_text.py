"""A document's full text with what was found in it for each field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.documents.extraction.candidates import LABELLED, Candidate, SearchedText, decided, eligible
from desktop.agents.documents.extraction.field import Field, FieldType
from desktop.agents.documents.extraction.lexicon import labels_in, names_identifier, shared_words, words_of
from desktop.agents.documents.extraction.placing import place_text
from desktop.agents.documents.extraction.question import QUOTE_SUFFIX
from desktop.agents.evidence.quotations import Quotable

COMPUTED: Final = frozenset({FieldType.NUMBER, FieldType.DATE})
"""The types whose values code computes from what stands in the text."""
_MOST_WORDS: Final = 0.5
_KEYED: Final = re.compile(r"(?P<key>[^\W\d][^:|\t\n]{1,38}?)(?: ?: *| \| | {3,}|\t+)(?P<value>[^|\n]{1,60})")
_PLACES: Final = 4  # between which the model settles a disagreement

Place = tuple[int, int]
"""Where something stands: character offsets in the document's full text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A field's value as far as one answer goes: the place in the document's full text. `start` -1: not stated."""

    field: str
    start: int = -1
    end: int = -1
    flag: bool | None = None  # a boolean's value; all others are computed from the place
    asked: bool = True  # False: the model's answer could not be had, however few fields it was asked for

    @property
    def stated(self) -> bool:
        """Whether there is a place."""
        return self.start >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A field with several candidates: their places, the one that the labels speak for first."""

    document: str
    field: str
    places: tuple[Place, ...]
    answered: int  # index of the model's first choice; -1: it found none


class DocumentText:
    """Searched once for all fields, and looked into by every step."""

    def __init__(self, whole: str, document: str) -> None:
        self.whole = whole
        self.document = document
        self.searched = SearchedText(whole)
        self.quotable = Quotable(whole)
        self._ranked: dict[str, list[Candidate]] = {}

    def prepare(self, fields: Sequence[Field]) -> None:
        """Search the text once for all fields: much work on a large one, so not for the event loop."""
        for each in fields:
            self.ranked(each)

    def ranked(self, field: Field) -> list[Candidate]:
        """A field's candidates, the best first."""
        if field.name not in self._ranked:
            found = [] if field.type is FieldType.BOOLEAN else self.searched.candidates(field)
            if not found and is_identifier(field):
                found = self.searched.identifiers(field)
            self._ranked[field.name] = found
        return self._ranked[field.name]

    def decided(self, field: Field) -> Found | None:
        """A field's place where its own label names it beyond doubt."""
        best = decided(self.ranked(field))
        return None if best is None else Found(field=field.name, start=best.start, end=best.end)

    def choices(self, field: Field, start: int, end: int | None) -> list[Candidate]:
        """A field's possible values in a part of the text, the best first; none where it may be any words."""
        if field.type not in COMPUTED and not is_identifier(field):
            return []
        ranked = self.ranked(field)
        return eligible([each for each in ranked if each.start >= start and (end is None or each.end <= end)], field)

    def taken(self, answer: Mapping[str, Found], fields: Sequence[Field]) -> list[Found]:
        """The text answers that stand where the label of another field names that one's value."""
        owned = {(own.start, own.end): own.field for each in fields if (own := self.decided(each))}
        texts = {each.name for each in fields if each.type is FieldType.TEXT}
        return [
            found
            for found in answer.values()
            if found.field in texts and owned.get((found.start, found.end), found.field) != found.field
        ]

    def without(self, shown: str, taken: Sequence[Found]) -> str:
        """What is shown of the text, without the lines that state another field."""
        lines = {self.line(found.start, found.end) for found in taken}
        return "\n".join(line for line in shown.split("\n") if line not in lines)

    def line(self, start: int, end: int) -> str:
        """The line, or lines, around a place."""
        line_end = self.whole.find("\n", end)
        return self.whole[self.whole.rfind("\n", 0, start) + 1 : line_end if line_end >= 0 else len(self.whole)]

    def behind_unknown_key(self, field: Field, others: Sequence[Found]) -> Found | None:
        """The one word with digits that fills a line behind a key (“Our file: 77/8”) which names no other thing."""
        taken = {other.start for other in others}
        keyed = {
            each.value: each
            for each in self.ranked(field)
            if each.start not in taken and _is_unknown_key(self.line(each.start, each.end), each.written)
        }
        if len(keyed) != 1:
            return None
        (lone,) = keyed.values()
        return Found(field=field.name, start=lone.start, end=lone.end)

    def written(self, found: Found) -> str:
        """What stands at a place."""
        return self.whole[found.start : found.end]

    def score(self, field: Field, place: Place) -> float:
        """How well what stands around a place fits the field."""
        return next((each.score for each in self.ranked(field) if (each.start, each.end) == place), 0.0)

    def is_named(self, field: Field, found: Found) -> bool:
        """Whether a label of the field, or most of its words, stand beside a place: not the model alone chose it."""
        if self.score(field, (found.start, found.end)) >= LABELLED:
            return True
        return shared_words(words_of(field), self.line(found.start, found.end)) >= _MOST_WORDS

    def value(self, field: Field, place: Place) -> str | int | float | None:
        """What a place says."""
        if field.type is FieldType.TEXT:
            return " ".join(self.whole[place[0] : place[1]].split())
        return next((each.value for each in self.ranked(field) if (each.start, each.end) == place), None)

    def shown(self, place: Place) -> str:
        """A place with its line, the value marked."""
        start, end = place
        line_start = max(self.whole.rfind("\n", 0, start) + 1, start - 120)
        line_end = self.whole.find("\n", end)
        line_end = min(len(self.whole) if line_end < 0 else line_end, end + 60)
        return f"{self.whole[line_start:start]}«{self.whole[start:end]}»{self.whole[end:line_end]}".strip()

    def all_found(
        self, fields: Sequence[Field], given: Mapping[str, Any], choices: Mapping[str, Sequence[Candidate]], near: int
    ) -> dict[str, Found]:
        """Where the model's answers for some fields stand, at or after `near` if they do."""
        return {each.name: self.found(each, given, choices[each.name], near) for each in fields}

    def found(self, field: Field, given: Mapping[str, Any], choices: Sequence[Candidate], near: int = 0) -> Found:
        """Where the model's answer for a field stands."""
        answer = given.get(field.name)
        for each in choices:
            if each.written == answer:
                return Found(field=field.name, start=each.start, end=each.end)
        copied = given.get(field.name + QUOTE_SUFFIX) if field.type is FieldType.BOOLEAN else answer
        may_copy = field.type not in COMPUTED and answer is not None and isinstance(copied, str)
        place = place_text(self.quotable, str(copied), near) if may_copy else None
        if place is None:
            return Found(field=field.name)
        flag = answer == "yes" if field.type is FieldType.BOOLEAN else None
        return Found(field=field.name, start=place[0], end=place[1], flag=flag)

    def dispute(self, field: Field, found: Found) -> Dispute | None:
        """The places between which a field is to be settled; None where the labels and the answer agree."""
        ranked = self.ranked(field)
        answered = next((each for each in ranked if each.start <= found.start and found.end <= each.end), None)
        if answered is None and found.stated:
            written = self.written(found)
            answered = Candidate(start=found.start, end=found.end, written=written, value=written)
        best = ranked[0] if ranked else None
        if best is None or best.score < LABELLED or (answered is not None and answered.value == best.value):
            return None
        if answered is not None and answered.score >= best.score - 0.3:
            return None
        return self._between(field, best, answered)

    def _between(self, field: Field, best: Candidate, answered: Candidate | None) -> Dispute:
        rivals: dict[str | int | float, Candidate] = {best.value: best}
        if answered is not None:
            rivals[answered.value] = answered
        for each in self.ranked(field)[1:]:
            if len(rivals) < _PLACES and each.score >= best.score - 1.0:
                rivals.setdefault(each.value, each)
        places = tuple((each.start, each.end) for each in rivals.values())
        answered_at = 1 if answered is not None else -1
        return Dispute(document=self.document, field=field.name, places=places, answered=answered_at)


def _is_unknown_key(line: str, written: str) -> bool:
    """Whether a line is a key of no known concept, and nothing behind it but what is written."""
    match = _KEYED.fullmatch(line.strip(" |"))
    return match is not None and match["value"] == written and not labels_in(match["key"])


def is_identifier(field: Field) -> bool:
    """Whether a field is the number, code or reference of something."""
    return field.type is FieldType.TEXT and names_identifier(field)
