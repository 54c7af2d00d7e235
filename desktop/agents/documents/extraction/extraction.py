"""Extracting named fields: code finds the places that could hold a value, the model chooses, code computes the value.

A number or date whose own label stands before it, while no other value comes near, is taken without asking. For the
other fields of a document there is one question on it (or, of a long one, on an excerpt of the lines that matter),
whose answer can only be numbers and dates that stand in it. What is missing is looked for passage by passage. Where the
model's choice and the labels beside the candidates disagree, the model chooses once more between the few places in
question, in both orders. The value is computed from the place that won, and the quote around it is looked up in the
text like any other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction.candidates import SURE
from desktop.agents.documents.extraction.document_text import COMPUTED, Dispute, DocumentText, Found, is_identifier
from desktop.agents.documents.extraction.excerpt import excerpt
from desktop.agents.documents.extraction.field import Field, FieldType
from desktop.agents.documents.extraction.placing import quote_around
from desktop.agents.documents.extraction.question import choice_question, fields_question
from desktop.agents.documents.extraction.table import Cell, Row, Table
from desktop.agents.evidence.model_json import object_in
from desktop.engine import FinishReason, PlannedStep, Prompt, PromptTooLong, Run, Work

FIELDS_STEP: Final = "fields"
SEARCH_STEP: Final = "search"
SETTLE_STEP: Final = "settle"
EXCERPT_TOKENS: Final = 900  # of a document that is read whole, or of an excerpt
_FIELD_TOKENS: Final = 14  # that a field costs in the question, and about as many in the answer
_GROUP: Final = 12  # fields in one question


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was found in a document, or in a passage of it, and how much of it the model saw."""

    found: tuple[Found, ...]
    shown: int  # characters
    document: str = ""  # where all of its fields were asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A passage in which fields are looked for that the document's first answer left open."""

    document: str
    passage: int  # its index among the document's
    fields: tuple[str, ...]


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


async def extract_table(
    run: Run, corpus: Corpus, fields: Sequence[Field], on_row: Callable[[Row], Awaitable[None]] | None = None
) -> Table:
    """One row a document, with the fields' values and quotes; `on_row` is told each as it was answered first."""
    extraction = _Extraction(run=run, corpus=corpus, fields=tuple(fields))
    names = [document.name for document in corpus.documents]

    async def tell(answered: Answered) -> None:
        if on_row is not None and answered.document:
            found = {each.field: each for each in answered.found}
            await on_row(await extraction.row(answered.document, found, answered.shown))

    answers = await run.map(FIELDS_STEP, names, extraction.ask_document, on_result=tell)
    known = {name: {each.field: each for each in answer.found} for name, answer in zip(names, answers, strict=True)}
    shown = {name: answer.shown for name, answer in zip(names, answers, strict=True)}
    looks = [look for name in names for look in await extraction.looks(name, known[name])]
    for look, late in zip(looks, await run.map(SEARCH_STEP, looks, extraction.look), strict=True):
        shown[look.document] += late.shown
        for found in late.found:
            if found.stated and not known[look.document][found.field].stated:
                known[look.document][found.field] = found
    disputes = [dispute for name in names for dispute in await extraction.disputes(name, known[name])]
    for dispute, winner in zip(disputes, await run.map(SETTLE_STEP, disputes, extraction.settle), strict=True):
        known[dispute.document][dispute.field] = winner
    rows = [await extraction.row(name, known[name], shown[name]) for name in names]
    return Table(fields=extraction.fields, rows=tuple(rows))


@dataclass(slots=True, kw_only=True)
class _Extraction:
    """What the steps share: texts are read once, and searched once."""

    run: Run
    corpus: Corpus
    fields: tuple[Field, ...]
    _texts: dict[str, DocumentText] = field(default_factory=dict)

    async def ask_document(self, document: str) -> Answered:
        """Ask for the fields of a document that its labels leave open."""
        text = await self._text(document)
        found = {each.name: place for each in self.fields if (place := text.decided(each))}
        doubtful = [each for each in self.fields if each.name not in found]
        shown = await self._shown(document, text, doubtful)
        answer = await self._ask(text, shown, doubtful)
        if taken := text.taken(answer, self.fields):
            again = [each for each in doubtful if each.name in {one.field for one in taken}]
            answer |= await self._ask(text, text.without(shown, taken), again)
        found |= answer
        unnamed = [each for each in doubtful if is_identifier(each) and not found[each.name].stated]
        if len(unnamed) == 1 and (place := text.behind_unknown_key(unnamed[0], list(found.values()))):
            found[place.field] = place
        answered = tuple(found[each.name] for each in self.fields)
        return Answered(found=answered, shown=len(shown) if doubtful else 0, document=document)

    async def looks(self, document: str, known: Mapping[str, Found]) -> list[Look]:
        """The passages in which the missing fields of a document that was not read whole are to be looked for."""
        missing = tuple(name for name, found in known.items() if not found.stated)
        passages = self.corpus.passages_of(document)
        if not missing or await self._is_short(document):
            return []
        return [Look(document=document, passage=index, fields=missing) for index in range(len(passages))]

    async def look(self, look: Look) -> Answered:
        """Ask for the missing fields on one passage."""
        text = await self._text(look.document)
        passage = self.corpus.passages_of(look.document)[look.passage]
        fields = [each for each in self.fields if each.name in look.fields]
        found = await self._ask(text, passage.text, fields, near=passage.start, until=passage.end)
        return Answered(found=tuple(found.values()), shown=len(passage.text))

    async def disputes(self, document: str, known: Mapping[str, Found]) -> list[Dispute]:
        """The fields whose labels speak for another value than the one that was answered."""
        text = await self._text(document)
        made = (text.dispute(each, known[each.name]) for each in self.fields if each.type is not FieldType.BOOLEAN)
        return [dispute for dispute in made if dispute is not None]

    async def settle(self, dispute: Dispute) -> Found:
        """Ask twice, in both orders. The first place, which the labels speak for, gives way to two votes."""
        text = await self._text(dispute.document)
        field = next(each for each in self.fields if each.name == dispute.field)
        order = list(range(len(dispute.places)))
        votes = []
        for places in (order, order[::-1]):
            answer = await self.run.ask(choice_question(field, [text.shown(dispute.places[place]) for place in places]))
            number = int(answer.text) if answer.text.strip().isdecimal() else 0
            votes.append(places[number - 1] if 0 < number <= len(places) else -1)
        winner = _winner(dispute, votes, sure=text.score(field, dispute.places[0]) >= SURE)
        if winner < 0:
            return Found(field=field.name)
        return Found(field=field.name, start=dispute.places[winner][0], end=dispute.places[winner][1])

    async def row(self, document: str, known: Mapping[str, Found], shown: int) -> Row:
        """A document's cells."""
        text = await self._text(document)
        unanswered = tuple(name for name, found in known.items() if not found.stated and not found.asked)
        cells = await asyncio.to_thread(
            lambda: tuple(self._cell(document, text, each, known[each.name]) for each in self.fields)
        )
        characters = len(text.whole)
        return Row(
            file=document, cells=cells, unanswered=unanswered, shown=min(shown, characters), characters=characters
        )

    def _cell(self, document: str, text: DocumentText, field: Field, found: Found) -> Cell:
        """The value at a place, and its quote, looked up in the text."""
        if not found.stated:
            return Cell()
        value = found.flag if field.type is FieldType.BOOLEAN else text.value(field, (found.start, found.end))
        if value is None:
            return Cell()
        quote = quote_around(text.whole, found.start, found.end)
        match = text.quotable.find(quote, near=max(0, found.start - len(quote)), shortest=1)
        stands = match is not None and match.start <= found.start and found.end <= match.end
        place = self.corpus.place_of(document, found.start)
        named = text.is_named(field, found)
        return Cell(value=value, quote=quote, page=place.page, line=place.line, found=stands, named=named)

    async def _ask(
        self,
        text: DocumentText,
        shown: str,
        fields: Sequence[Field],
        *,
        near: int = 0,
        until: int | None = None,
    ) -> dict[str, Found]:
        """What the model finds, asked for a few fields at a time; for fewer where question or answer do not fit."""
        found: dict[str, Found] = {}
        known = {each.name: text.written(place) for each in self.fields if (place := text.decided(each))}
        groups = [list(fields[at : at + _GROUP]) for at in range(0, len(fields), _GROUP)]
        while groups:
            group = groups.pop(0)
            choices = {each.name: text.choices(each, near, until) for each in group}
            given = await self._given(fields_question(shown, group, choices, known))
            if given is not None:
                found |= await asyncio.to_thread(text.all_found, group, given, choices, near)
            elif len(group) > 1:
                half = len(group) // 2
                groups[:0] = [group[:half], group[half:]]
            else:
                found[group[0].name] = Found(field=group[0].name, asked=False)
        return found

    async def _given(self, prompt: Prompt) -> dict[str, Any] | None:
        """The answer's JSON; None where it was cut short or the question does not fit."""
        try:
            answer = await self.run.ask(prompt)
        except PromptTooLong:
            return None
        return None if answer.finish is FinishReason.LENGTH else object_in(answer.text)

    async def _shown(self, document: str, text: DocumentText, fields: Sequence[Field]) -> str:
        """What the model sees of a document: all, or the lines that matter to the fields that it is asked for."""
        if await self._is_short(document):
            return text.whole
        ranked = {each.name: text.ranked(each) for each in fields if each.type in COMPUTED}
        density = max(1.0, len(text.whole) / max(1, self.corpus.document(document).tokens))
        return await asyncio.to_thread(excerpt, text.searched, fields, ranked, int(await self._room() * density))

    async def _is_short(self, document: str) -> bool:
        return self.corpus.document(document).tokens <= await self._room()

    async def _room(self) -> int:
        """Tokens of a document that one question can hold."""
        context = (await self.run.load_model()).context_tokens
        return max(200, min(EXCERPT_TOKENS, context // 2))

    async def _text(self, document: str) -> DocumentText:
        if document not in self._texts:
            text = DocumentText(await self.corpus.text(self.run, document), document)
            await asyncio.to_thread(text.prepare, self.fields)
            self._texts[document] = text
        return self._texts[document]


def _winner(dispute: Dispute, votes: Sequence[int], *, sure: bool) -> int:
    """The index of the place that won; -1 for none."""
    votes = [dispute.answered, *votes]
    winner = max(votes[1:], key=votes.count)
    if votes.count(winner) < (3 if sure else 2):
        return 0 if sure else dispute.answered
    return winner
