"""Reading passages: the model points at sentences by their numbers, so that every quotation is verbatim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.evidence.asking import decode_answer, whole_numbers
from desktop.agents.evidence.markdown import plain
from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import is_statement, sentence_alone
from desktop.agents.research import prompts
from desktop.agents.research.assignment import Assignment
from desktop.agents.research.claims import Claim, claim_of
from desktop.agents.research.questions import Subquestion
from desktop.agents.research.searching import Excerpt
from desktop.agents.research.terms import Terms
from desktop.engine import PromptTooLong, Run

READ_STEP: Final = "read"
_SPEAKS_OF_IT: Final = 0.5
"""Share of a question's words that makes a sentence a claim, whatever the model says."""

_BY_WORDS: Final = 2  # claims of one passage that are made so, at most
_SHOWN_CLAIMS: Final = 40

Spot = tuple[int, int, str]
"""Start and end of a sentence in its passage, and the sentence on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageClaims:
    """What was found in one passage."""

    claims: tuple[Claim, ...]
    usable: bool = True  # False: the model's answer could not be read


@dataclass(slots=True, kw_only=True)
class PassageReader:
    """Reads the passages of a run."""

    run: Run
    assignment: Assignment
    questions: Sequence[Subquestion]
    terms: Sequence[Terms]
    excerpts: Sequence[Excerpt]
    _read: int = 0
    _claims: list[Claim] | None = None

    async def read_all(self) -> list[PassageClaims]:
        """The claims of every passage, those of the best ones first."""
        self._claims = []
        return await self.run.map(READ_STEP, self.excerpts, self._read_one, on_result=self._show)

    async def _read_one(self, excerpt: Excerpt) -> PassageClaims:
        spots = _sentences(excerpt.passage.text)
        if not spots:
            return PassageClaims(claims=())
        numbers = await self._choose(excerpt, spots)
        chosen = set(numbers or ())
        by_words = self._by_words(excerpt, spots, chosen)
        claims = [
            claim_of(excerpt.passage, *spot, excerpt.questions, chosen=place in chosen)
            for place, spot in enumerate(spots)
            if (place in chosen and _says_something(spot[2], excerpt)) or place in by_words
        ]
        return PassageClaims(claims=tuple(claims), usable=numbers is not None)

    async def _choose(self, excerpt: Excerpt, spots: Sequence[Spot]) -> list[int] | None:
        """The places of the sentences that the model chose; None where its answer can't be read."""
        place = " > ".join(part for part in (excerpt.passage.document, excerpt.passage.heading) if part)
        parts = [question.text for question in self.questions[1:]]
        sentences = [text for _, _, text in spots]
        try:
            answer = await self.run.ask(prompts.choose_prompt(self.assignment.goal, parts, sentences, place))
        except PromptTooLong:
            if len(spots) == 1:
                raise
            half = len(spots) // 2
            first, second = await self._choose(excerpt, spots[:half]), await self._choose(excerpt, spots[half:])
            return [*(first or ()), *(number + half for number in second or ())]
        decoded = decode_answer(answer)
        if "sentences" not in decoded:
            return None
        return [number - 1 for number in whole_numbers(decoded["sentences"], len(spots))]

    def _by_words(self, excerpt: Excerpt, spots: Sequence[Spot], chosen: set[int]) -> set[int]:
        """Sentences that speak of most of a question: no model can pass them over."""
        shares = {
            place: max(self.terms[number].share(text) for number in {0, *excerpt.questions})
            for place, (_, _, text) in enumerate(spots)
            if place not in chosen and is_statement(text)
        }
        close = [place for place, share in shares.items() if share >= _SPEAKS_OF_IT]
        return set(sorted(close, key=lambda place: (-shares[place], place))[:_BY_WORDS])

    async def _show(self, found: PassageClaims) -> None:
        claims = self._claims if self._claims is not None else []
        self._read += 1
        claims.extend(claim for claim in found.claims if claim.chosen)
        head = f"Found so far, in {self._read:,} of {len(self.excerpts):,} passages:"
        lines = [f"- {plain(claim.text)} *({plain(claim.document)})*" for claim in claims[-_SHOWN_CLAIMS:]]
        await self.run.show_draft("\n".join([head, "", *lines]))


def _says_something(text: str, excerpt: Excerpt) -> bool:
    """Whether a sentence is more than the heading that the passage stands under."""
    return text.strip("#=- \u00b6") not in excerpt.passage.heading and any(sign.isalnum() for sign in text)


def _sentences(text: str) -> list[Spot]:
    """The sentences; of those that are repeated word for word, the first."""
    found: dict[str, Spot] = {}
    for start, end in sentence_spans(text):
        line = sentence_alone(text[start:end])
        found.setdefault(line, (start, end, line))
    return list(found.values())
