"""Extracting named fields: code finds the places that could hold a value, the model chooses, code computes the value.

A number or date whose own label stands before it, while no other value comes near, is taken without asking. For the
other fields of a document there is one question on it (or, of a long one, on an excerpt of the lines that matter),
whose answer can only be numbers and dates that stand in it. What is missing is looked for passage by passage. Where the
model's choice and the labels beside the candidates disagree, the model chooses once more between the few places in
question, in both orders. The value is computed from the place that won, so its quote is found by construction.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction.candidates import SURE, Candidate, SearchedText, decided, eligible
from desktop.agents.documents.extraction.excerpt import excerpt
from desktop.agents.documents.extraction.field import Field, FieldType
from desktop.agents.documents.extraction.lexicon import names_identifier
from desktop.agents.documents.extraction.placing import place_text, quote_around
from desktop.agents.documents.extraction.question import QUOTE_SUFFIX, choice_question, fields_question
from desktop.agents.documents.extraction.table import Cell, Row, Table
from desktop.agents.documents.quotations import Quotable
from desktop.engine import PlannedStep, Run, Work

FIELDS_STEP: Final = "fields"
SEARCH_STEP: Final = "search"
SETTLE_STEP: Final = "settle"
EXCERPT_TOKENS: Final = 900  # of a document that is read whole, or of an excerpt
_FIELD_TOKENS: Final = 14  # that a field costs in the question, and about as many in the answer
_PLACES: Final = 4  # between which the model settles a disagreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A field's value as far as one answer goes: the place in the document's full text. `start` -1: not stated."""

    field: str
    start: int = -1
    end: int = -1
    flag: bool | None = None  # a boolean's value; all others are computed from the place


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A passage in which fields are looked for that the document's first answer left open."""

    document: str
    passage: int  # its index among the document's
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A field with several candidates: their places, the one that the labels speak for first."""

    document: str
    field: str
    places: tuple[tuple[int, int], ...]
    answered: int  # index of the model's first choice; -1: it found none


def extraction_steps(fields: Sequence[Field], documents: int, tokens: float) -> tuple[PlannedStep, ...]:
    """The plan for `documents` documents of `tokens` tokens in all."""
    read = min(tokens, documents * EXCERPT_TOKENS) + documents * (80 + _FIELD_TOKENS * len(fields))
    few = max(1, documents // 4)
    ask = Work(prompt_tokens=read, output_tokens=documents * _FIELD_TOKENS * len(fields))
    settle = Work(prompt_tokens=documents * 150, output_tokens=documents * 8)
    search = Work(
        prompt_tokens=(tokens - min(tokens, documents * EXCERPT_TOKENS)) / 4, output_tokens=few * _FIELD_TOKENS
    )
    return (
        PlannedStep(name=FIELDS_STEP, title="Extract the fields", work=ask, total=max(1, documents), unit="documents"),
        PlannedStep(name=SEARCH_STEP, title="Look for missing fields", work=search, total=few, unit="passages"),
        PlannedStep(name=SETTLE_STEP, title="Settle doubtful fields", work=settle, total=few, unit="fields"),
    )


async def extract_table(run: Run, corpus: Corpus, fields: Sequence[Field]) -> Table:
    """One row a document, with the fields' values and quotes."""
    extraction = _Extraction(run=run, corpus=corpus, fields=tuple(fields))
    names = [document.name for document in corpus.documents]
    answers = await run.map(FIELDS_STEP, names, extraction.ask_document)
    known = {name: {found.field: found for found in answer} for name, answer in zip(names, answers, strict=True)}
    looks = [look for name in names for look in await extraction.looks(name, known[name])]
    for look, late in zip(looks, await run.map(SEARCH_STEP, looks, extraction.look), strict=True):
        for found in late:
            if found.start >= 0 and known[look.document][found.field].start < 0:
                known[look.document][found.field] = found
    disputes = [dispute for name in names for dispute in await extraction.disputes(name, known[name])]
    for dispute, winner in zip(disputes, await run.map(SETTLE_STEP, disputes, extraction.settle), strict=True):
        known[dispute.document][dispute.field] = winner
    rows = [Row(file=name, cells=await extraction.cells(name, known[name])) for name in names]
    return Table(fields=extraction.fields, rows=tuple(rows))


@dataclass(slots=True, kw_only=True)
class _Extraction:
    """What the steps share: texts are read once, and searched once."""

    run: Run
    corpus: Corpus
    fields: tuple[Field, ...]
    _texts: dict[str, "_Text"] = field(default_factory=dict)

    async def ask_document(self, document: str) -> list[Found]:
        """Ask for all fields of a document at once."""
        text = await self._text(document)
        doubtful = [each for each in self.fields if text.decided(each) is None]
        shown = await self._shown(document, text, doubtful)
        answer = await self._ask(text, shown, self.fields)
        if not (taken := text.taken(answer, self.fields)):
            return answer
        again = await self._ask(text, text.without(shown, taken), self.fields)
        return [second if first in taken else first for first, second in zip(answer, again, strict=True)]

    async def looks(self, document: str, known: dict[str, Found]) -> list[Look]:
        """The passages in which the missing fields of a document that was not read whole are to be looked for."""
        missing = tuple(name for name, found in known.items() if found.start < 0)
        passages = self.corpus.passages_of(document)
        if not missing or await self._is_short(document):
            return []
        return [Look(document=document, passage=index, fields=missing) for index in range(len(passages))]

    async def look(self, look: Look) -> list[Found]:
        """Ask for the missing fields on one passage."""
        text = await self._text(look.document)
        passage = self.corpus.passages_of(look.document)[look.passage]
        fields = [each for each in self.fields if each.name in look.fields]
        return await self._ask(text, passage.text, fields, near=passage.start, until=passage.end)

    async def disputes(self, document: str, known: dict[str, Found]) -> list[Dispute]:
        """The fields whose labels speak for another value than the one that was answered."""
        text = await self._text(document)
        made = (text.dispute(each, known[each.name]) for each in self.fields if each.type is not FieldType.BOOLEAN)
        return [dispute for dispute in made if dispute is not None]

    async def settle(self, dispute: Dispute) -> Found:
        """Ask twice, in both orders. The first place, which the labels speak for, gives way to two votes."""
        text = await self._text(dispute.document)
        field = next(each for each in self.fields if each.name == dispute.field)
        order = list(range(len(dispute.places)))
        votes = [dispute.answered]
        for places in (order, order[::-1]):
            shown = [text.shown(dispute.places[place]) for place in places]
            answer = await self.run.ask(choice_question(field, shown))
            number = int(answer.text) if answer.text.strip().isdecimal() else 0
            votes.append(places[number - 1] if 0 < number <= len(places) else -1)
        winner = max(votes[1:], key=votes.count)
        if votes.count(winner) < (3 if text.score(field, dispute.places[0]) >= SURE else 2):
            winner = 0 if text.score(field, dispute.places[0]) >= SURE else dispute.answered
        if winner < 0:
            return Found(field=field.name)
        return Found(field=field.name, start=dispute.places[winner][0], end=dispute.places[winner][1])

    async def cells(self, document: str, known: dict[str, Found]) -> tuple[Cell, ...]:
        """The cells of a document."""
        text = await self._text(document)
        return tuple(self._cell(document, text, each, known[each.name]) for each in self.fields)

    def _cell(self, document: str, text: "_Text", field: Field, found: Found) -> Cell:
        if found.start < 0:
            return Cell()
        value = found.flag if field.type is FieldType.BOOLEAN else text.value(field, (found.start, found.end))
        if value is None:
            return Cell()
        return Cell(
            value=value,
            quote=quote_around(text.whole, found.start, found.end),
            page=self.corpus.place_of(document, found.start).page,
            found=True,
        )

    async def _ask(
        self, text: "_Text", shown: str, fields: Sequence[Field], *, near: int = 0, until: int | None = None
    ) -> list[Found]:
        doubtful = [each for each in fields if text.decided(each) is None]
        choices = await asyncio.to_thread(
            lambda: {each.name: eligible(text.within(each, near, until)) for each in doubtful if text.has_choices(each)}
        )
        given: dict[str, Any] = {}
        if doubtful:
            known = {each.name: text.written(place) for each in self.fields if (place := text.decided(each))}
            given = _decoded((await self.run.ask(fields_question(shown, doubtful, choices, known))).text)
        return await asyncio.to_thread(
            lambda: [text.decided(each) or text.found(each, given, choices) for each in fields]
        )

    async def _shown(self, document: str, text: "_Text", fields: Sequence[Field]) -> str:
        """What the model sees of a document: all, or the lines that matter to the fields that it is asked for."""
        if await self._is_short(document):
            return text.whole
        ranked = {each.name: text.ranked(each) for each in fields if each.type in _COMPUTED}
        density = max(1.0, len(text.whole) / max(1, self.corpus.document(document).tokens))
        return excerpt(text.searched, fields, ranked, int(await self._room() * density))

    async def _is_short(self, document: str) -> bool:
        return self.corpus.document(document).tokens <= await self._room()

    async def _room(self) -> int:
        """Tokens of a document that one question can hold."""
        context = (await self.run.load_model()).context_tokens
        return max(200, min(EXCERPT_TOKENS, context // 2))

    async def _text(self, document: str) -> "_Text":
        if document not in self._texts:
            text = _Text(await self.corpus.text(self.run, document), document)
            await asyncio.to_thread(text.prepare, self.fields)
            self._texts[document] = text
        return self._texts[document]


class _Text:
    """A document's full text with what was found in it."""

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
            self._ranked[field.name] = self.searched.candidates(field)
        return self._ranked[field.name]

    def decided(self, field: Field) -> Found | None:
        """A field's place where its own label names it beyond doubt."""
        best = None if field.type is FieldType.BOOLEAN else decided(self.ranked(field))
        return None if best is None else Found(field=field.name, start=best.start, end=best.end)

    def taken(self, answer: Sequence[Found], fields: Sequence[Field]) -> list[Found]:
        """The text answers that stand where the label of another field names that one's value."""
        owned = {(own.start, own.end): own.field for each in fields if (own := self.decided(each))}
        texts = {each.name for each in fields if each.type is FieldType.TEXT}
        return [
            found
            for found in answer
            if found.field in texts and owned.get((found.start, found.end), found.field) != found.field
        ]

    def without(self, shown: str, taken: Sequence[Found]) -> str:
        """What is shown of the text, without the lines that state another field."""
        values = [self.written(found) for found in taken]
        return "\n".join(line for line in shown.split("\n") if not any(value in line for value in values))

    def written(self, found: Found) -> str:
        """What stands at a place."""
        return self.whole[found.start : found.end]

    def within(self, field: Field, start: int, end: int | None) -> list[Candidate]:
        """A field's candidates in a part of the text, the best first."""
        ranked = self.ranked(field) if field.type in _COMPUTED else self.searched.identifiers(field)
        return [each for each in ranked if each.start >= start and (end is None or each.end <= end)]

    def has_choices(self, field: Field) -> bool:
        """Whether a field's values can only be some of the places that code finds."""
        return field.type in _COMPUTED or (field.type is FieldType.TEXT and names_identifier(field))

    def score(self, field: Field, place: tuple[int, int]) -> float:
        """How well what stands around a place fits the field."""
        return next((each.score for each in self.ranked(field) if (each.start, each.end) == place), 0.0)

    def value(self, field: Field, place: tuple[int, int]) -> str | int | float | None:
        """What a place says."""
        if field.type is FieldType.TEXT:
            return " ".join(self.whole[place[0] : place[1]].split())
        return next((each.value for each in self.ranked(field) if (each.start, each.end) == place), None)

    def shown(self, place: tuple[int, int]) -> str:
        """A place with its line, the value marked."""
        start, end = place
        line_start = max(self.whole.rfind("\n", 0, start) + 1, start - 120)
        line_end = self.whole.find("\n", end)
        line_end = min(len(self.whole) if line_end < 0 else line_end, end + 60)
        return f"{self.whole[line_start:start]}«{self.whole[start:end]}»{self.whole[end:line_end]}".strip()

    def found(self, field: Field, given: dict[str, Any], choices: dict[str, list[Candidate]]) -> Found:
        """Where the model's answer for a field stands."""
        answer = given.get(field.name)
        if field.type in _COMPUTED:
            for each in choices[field.name]:
                if each.written == answer:
                    return Found(field=field.name, start=each.start, end=each.end)
            return Found(field=field.name)
        copied = given.get(field.name + QUOTE_SUFFIX) if field.type is FieldType.BOOLEAN else answer
        place = place_text(self.quotable, copied) if isinstance(copied, str) else None
        if place is None or answer is None:
            return Found(field=field.name)
        flag = answer == "yes" if field.type is FieldType.BOOLEAN else None
        return Found(field=field.name, start=place[0], end=place[1], flag=flag)

    def dispute(self, field: Field, found: Found) -> Dispute | None:
        """The places between which a field is to be settled; None where the labels and the answer agree."""
        ranked = self.ranked(field)
        answered = next((each for each in ranked if each.start <= found.start and found.end <= each.end), None)
        if answered is None and found.start >= 0:
            written = self.written(found)
            answered = Candidate(start=found.start, end=found.end, written=written, value=written)
        best = ranked[0] if ranked else None
        if best is None or best.score < 1.0 or (answered is not None and answered.value == best.value):
            return None
        if answered is not None and answered.score >= best.score - 0.3:
            return None
        rivals: dict[str | int | float, Candidate] = {best.value: best}
        if answered is not None:
            rivals[answered.value] = answered
        for each in ranked[1:]:
            if len(rivals) < _PLACES and each.score >= best.score - 1.0:
                rivals.setdefault(each.value, each)
        places = tuple((each.start, each.end) for each in rivals.values())
        return Dispute(
            document=self.document, field=field.name, places=places, answered=1 if answered is not None else -1
        )


_COMPUTED: Final = frozenset({FieldType.NUMBER, FieldType.DATE})


def _decoded(text: str) -> dict[str, Any]:
    """The answer's JSON; an answer that was cut short at the token limit counts as none."""
    try:
        given = json.loads(text)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
