"""Reading: the model points at sentences by their numbers, so that every quotation is verbatim."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Some of the sentences, as the model reads them together."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the model chose of a page."""

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
    _chosen: int = 0

    async def read_all(self) -> ReadClaims:
        """All claims; of those that the model did not choose, only their words speak."""
        pages = pages_of(self.claims)
        choices = await self.run.map(READ_STEP, pages, self._read, on_result=self._show)
        chosen = {number * AT_ONCE + place for number, choice in enumerate(choices) for place in choice.places}
        unusable = sum(not choice.usable for choice in choices)
        return ReadClaims(claims=marked(self.claims, chosen), unusable=unusable, pages=len(pages))

    async def _read(self, page: Page) -> Choice:
        places = await self._choose(page.sentences)
        return Choice(places=tuple(places or ()), usable=places is not None)

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
        self._chosen += len(choice.places)
        head = f"Found so far: {self._chosen:,} sentences that matter. The closest to the question:"
        lines = [f"- {plain(claim.text)} *({plain(claim.document)})*" for claim in self.claims[:_SHOWN_CLAIMS]]
        await self.run.show_draft("\n".join([head, "", *lines]))


def pages_of(claims: Sequence[Claim]) -> list[Page]:
    """The sentences of the claims with what they stand under, as many to a page as are read together."""
    shown = [claim.in_place for claim in claims]
    return [Page(sentences=tuple(shown[start : start + AT_ONCE])) for start in range(0, len(shown), AT_ONCE)]
