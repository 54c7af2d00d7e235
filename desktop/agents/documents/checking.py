"""The check of a result: every quotation is looked up in the text that it is said to come from."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.documents.corpus import Corpus, Place
from desktop.agents.documents.points import Point, Span, all_spans, quoted
from desktop.agents.documents.writing import Writing
from desktop.agents.evidence.grounding import figures_said, known_figures
from desktop.agents.evidence.quotations import Quotable
from desktop.engine import Run

CHECK_STEP: Final = "check"
_IN_QUOTES: Final = re.compile(
    r"[\"\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb]{12,600})[\"\u201c\u201d\u00bb]"
)
_FEWEST_WORDS: Final = 3  # in quotation marks: fewer are a name or a term


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """A quotation with its number in the report, and whether it stands in the document."""

    number: int
    document: str  # empty where the result quotes words that stand in none
    text: str
    place: Place
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that the result says, with the numbers of the quotations behind it."""

    text: str
    quotations: tuple[int, ...]
    verbatim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The result's claims and what they rest on."""

    statements: tuple[Claim, ...]  # of the overview or the answer
    claims: tuple[Claim, ...]  # the points
    quotations: tuple[Quotation, ...]
    figures: int = 0  # different numbers in the text that the model wrote freely
    unfounded: tuple[str, ...] = ()  # those of them that stand in none of the quotations

    @property
    def without_source(self) -> int:
        """How many statements have no quotation behind them."""
        return sum(not statement.quotations for statement in self.statements)

    @property
    def found(self) -> int:
        """How many quotations stand in the documents."""
        return sum(quotation.found for quotation in self.quotations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Looks up what a result quotes."""

    run: Run
    corpus: Corpus

    async def check(self, writing: Writing) -> Evidence:
        """The result's claims with their quotations, each looked up in the documents' texts as they were read."""
        names = dict.fromkeys(span.document for point in writing.statements + writing.points for span in point.spans)
        written_quotes = _written_quotes(writing)
        if written_quotes:
            names |= dict.fromkeys(document.name for document in self.corpus.documents)
        texts = {name: Quotable(await self.corpus.text(self.run, name)) for name in names}
        return await asyncio.to_thread(self._look_up, writing, written_quotes, texts)

    def _look_up(self, writing: Writing, written: Sequence[str], texts: dict[str, Quotable]) -> Evidence:
        spans = all_spans(writing.statements + writing.points)
        numbers = {span: number for number, span in enumerate(spans, start=1)}
        quotations = []
        for span, number in numbers.items():
            text = quoted(self.corpus, span)
            match = texts[span.document].find(text, near=span.start, shortest=1)
            place = self.corpus.place_of(span.document, match.start if match else span.start)
            quotations.append(
                Quotation(number=number, document=span.document, text=text, place=place, found=match is not None)
            )
        for number, text in enumerate(written, start=len(quotations) + 1):
            quotations.append(self._look_up_anywhere(number, text, texts))
        sources = "\n".join(quotation.text for quotation in quotations)
        said = {figure for statement in writing.statements for figure in figures_said(statement.text, sources)}
        return Evidence(
            statements=tuple(_claim(point, numbers) for point in writing.statements),
            claims=tuple(_claim(point, numbers) for point in writing.points),
            quotations=tuple(quotations),
            figures=len(said),
            unfounded=tuple(sorted(said - known_figures(sources))),
        )

    def _look_up_anywhere(self, number: int, text: str, texts: dict[str, Quotable]) -> Quotation:
        for name, quotable in texts.items():
            match = quotable.find(text)
            if match:
                place = self.corpus.place_of(name, match.start)
                return Quotation(number=number, document=name, text=text, place=place, found=True)
        return Quotation(number=number, document="", text=text, place=Place(), found=False)


def _claim(point: Point, numbers: dict[Span, int]) -> Claim:
    quotations = tuple(numbers[span] for span in point.spans)
    return Claim(text=point.text, quotations=quotations, verbatim=point.verbatim)


def _written_quotes(writing: Writing) -> list[str]:
    """What the model itself put into quotation marks."""
    texts = [point.text for point in writing.statements + writing.points if not point.verbatim]
    quotes = (match.group(1).strip() for text in texts for match in _IN_QUOTES.finditer(text))
    return list(dict.fromkeys(quote for quote in quotes if len(quote.split()) >= _FEWEST_WORDS))
