"""Reading passages: the model points at sentences by their numbers, so that every quotation is verbatim."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.evidence.asking import decode_answer, whole_numbers
from desktop.agents.evidence.markdown import plain
from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import count_words, is_statement, sentence_alone
from desktop.agents.research import prompts
from desktop.agents.research.assignment import Assignment
from desktop.agents.research.claims import Claim
from desktop.agents.research.questions import Subquestion
from desktop.agents.research.searching import Excerpt
from desktop.agents.research.terms import Terms
from desktop.engine import PromptTooLong, Run

READ_STEP: Final = "read"
_SPEAKS_OF_IT: Final = 0.5
"""Share of a question's words that makes a sentence a claim, whatever the model says."""

_BY_WORDS: Final = 2  # claims of one passage that are made so, at most
_SHOWN_CLAIMS: Final = 40
_FEWEST_WORDS: Final = 2  # of a claim that is no item of a list

_ITEM: Final = re.compile(r"[-*\u2022\u2013\u00b7]\s|\(?(?:\d{1,2}|[a-z])[.)]\s")
_HEADING: Final = re.compile(r"#{1,6}\s.*|\d+(?:\.\d+)*\.?\s+[^.!?:]{1,80}\u00b6?|[^.!?]{1,80}\u00b6")

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
        leads = _leads(spots)
        claims = [
            _claim(excerpt, spot, lead, chosen=place in chosen)
            for place, (spot, lead) in enumerate(zip(spots, leads, strict=True))
            if (place in chosen and _says_something(spot[2])) or place in by_words
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


def _claim(excerpt: Excerpt, spot: Spot, lead: str, *, chosen: bool) -> Claim:
    passage, (start, end, text) = excerpt.passage, spot
    return Claim(
        text=text,
        quote=passage.text[start:end],
        document=passage.document,
        passage=passage.number,
        questions=tuple(sorted({0, *excerpt.questions})),
        chosen=chosen,
        lead=lead,
        rank=excerpt.rank,
        page=passage.page,
        line=None if passage.line is None else passage.line + passage.text.count("\n", 0, start),
        heading=passage.heading,
    )


def _leads(spots: Sequence[Spot]) -> list[str]:
    """The sentence with a colon that introduces each item of a list; of what is none, nothing."""
    leads: list[str] = []
    lead = ""
    for _, _, text in spots:
        is_item = _ITEM.match(text) is not None
        leads.append(lead if is_item else "")
        if not is_item:
            lead = text if text.endswith(":") else ""
    return leads


def _says_something(text: str) -> bool:
    """Whether a sentence is more than a heading with its number or mark, or a word with a footnote."""
    return not _HEADING.fullmatch(text) and (_ITEM.match(text) is not None or count_words(text) >= _FEWEST_WORDS)


def _sentences(text: str) -> list[Spot]:
    """The sentences; of those that are repeated word for word, the first."""
    found: dict[str, Spot] = {}
    for start, end in sentence_spans(text):
        line = sentence_alone(text[start:end])
        found.setdefault(line, (start, end, line))
    return list(found.values())
