"""Reading: the model points at sentences by their numbers, so that every quotation is verbatim."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from desktop.agents.evidence.asking import decode_answer, whole_numbers
from desktop.agents.evidence.markdown import plain
from desktop.agents.research import prompts
from desktop.agents.research.assignment import Assignment
from desktop.agents.research.candidates import marked
from desktop.agents.research.claims import Claim
from desktop.agents.research.questions import Subquestion
from desktop.engine import PromptTooLong, Run

READ_STEP: Final = "read"
AT_ONCE: Final = 16
"""Sentences that the model is shown together."""

_SHOWN_CLAIMS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the sentences, as the model reads them together; `first` is the place of the first among all claims."""

    first: int
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the model chose of a page, by the places of the claims."""

    places: tuple[int, ...]
    usable: bool = True  # False: the model's answer could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadClaims:
    """The claims with what the model chose marked, and how many pages were of no use of how many."""

    claims: list[Claim]
    unusable: int
    pages: int


@dataclass(slots=True, kw_only=True)
class Reading:
    """Has the model read the candidates of a run."""

    run: Run
    assignment: Assignment
    questions: Sequence[Subquestion]
    claims: Sequence[Claim]
    _read_pages: int = 0
    _chosen: list[int] = field(default_factory=list)

    async def read_all(self) -> ReadClaims:
        """All claims; of those that the model did not choose, only their words speak."""
        pages = pages_of(self.claims)
        choices = await self.run.map(READ_STEP, pages, self._read, on_result=self._show)
        chosen = {place for choice in choices for place in choice.places}
        unusable = sum(not choice.usable for choice in choices)
        return ReadClaims(claims=marked(self.claims, chosen), unusable=unusable, pages=len(pages))

    async def _read(self, page: Page) -> Choice:
        places = await self._choose(page.sentences)
        return Choice(places=tuple(page.first + place for place in places or ()), usable=places is not None)

    async def _choose(self, sentences: Sequence[str]) -> list[int] | None:
        """The places of the sentences that the model chose; None where its answer can't be read."""
        parts = [question.text for question in self.questions[1:]]
        try:
            answer = await self.run.ask(prompts.choose_prompt(self.assignment.goal, parts, sentences))
        except PromptTooLong:
            if len(sentences) == 1:
                raise
            half = len(sentences) // 2
            first, second = await self._choose(sentences[:half]), await self._choose(sentences[half:])
            return [*(first or ()), *(number + half for number in second or ())]
        decoded = decode_answer(answer)
        if "sentences" not in decoded:
            return None
        return [number - 1 for number in whole_numbers(decoded["sentences"], len(sentences))]

    async def _show(self, choice: Choice) -> None:
        self._read_pages += 1
        self._chosen.extend(choice.places)
        head = f"Found so far, in {self._read_pages:,} of {ceil(len(self.claims) / AT_ONCE):,} pages:"
        shown = (self.claims[place] for place in self._chosen[-_SHOWN_CLAIMS:])
        lines = [f"- {plain(claim.text)} *({plain(claim.document)})*" for claim in shown]
        await self.run.show_draft("\n".join([head, "", *lines]))


def pages_of(claims: Sequence[Claim]) -> list[Page]:
    """The sentences of the claims with what they stand under, as many to a page as are read together."""
    starts = range(0, len(claims), AT_ONCE)
    return [Page(first=start, sentences=_shown(claims[start : start + AT_ONCE])) for start in starts]


def _shown(claims: Sequence[Claim]) -> tuple[str, ...]:
    """The sentences; what several in a row stand under is said with the first."""
    above = ["", *(claim.under for claim in claims)]
    return tuple(
        claim.text if claim.under == before else claim.in_place for claim, before in zip(claims, above, strict=False)
    )
