"""What the sources say to the questions: a claim is a sentence of theirs, word for word, with its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.agents.evidence.grounding import Wording
from desktop.agents.research.terms import Terms
from desktop.engine import HEADING_SIGN

_CHOSEN: Final = 0.15
_FIGURE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of a source."""

    text: str  # on one line, for people and models
    quote: str  # as it stands there
    document: str
    passage: int
    questions: tuple[int, ...]  # that it may answer; 0 is the person's own
    chosen: bool = False  # by the model; else it shares the question's words
    lead: str = ""  # what introduces the list that it is an item of
    page: int | None = None
    line: int | None = None
    heading: str = ""

    @property
    def under(self) -> str:
        """The innermost heading above it, and what introduces its list: without them an item says little."""
        return " ".join(part for part in (self.heading.rpartition(HEADING_SIGN)[2], self.lead) if part)

    @property
    def in_place(self) -> str:
        """The sentence with what it stands under, for a model."""
        return f"({self.under}) {self.text}" if self.under else self.text

    @property
    def where(self) -> str:
        """The place in the document, for a person."""
        place = f"page {self.page}" if self.page is not None else f"line {self.line}" if self.line is not None else ""
        return ", ".join(part for part in (place, self.heading) if part)


def different(claims: Iterable[Claim]) -> list[Claim]:
    """The claims without those that say the same in the same words as one before, which takes over their questions."""
    kept: list[Claim] = []
    wordings: list[Wording] = []
    for claim in claims:
        wording = Wording(claim.text)
        place = next((at for at, other in enumerate(wordings) if wording.is_nearly(other)), None)
        if place is None:
            kept.append(claim)
            wordings.append(wording)
        else:
            questions = tuple(sorted({*kept[place].questions, *claim.questions}))
            kept[place] = replace(kept[place], questions=questions, chosen=kept[place].chosen or claim.chosen)
    return kept


def for_question(claims: Sequence[Claim], number: int, terms: Terms) -> list[int]:
    """The places of the claims that may answer a question, those that speak most of it first."""
    places = [place for place, claim in enumerate(claims) if number in claim.questions]
    return sorted(places, key=lambda place: (-weight_of(claims[place], terms), place))


def weight_of(claim: Claim, terms: Terms) -> float:
    """What speaks for a claim: the question's words in it and above it, a figure, and that the model chose it.

    Not the rank of its passage: answers that are put together lie in many, and the best has sentences that say nothing.
    """
    words = terms.share(f"{claim.heading} {claim.lead} {claim.text}")
    return words + _FIGURE * any(sign.isdigit() for sign in claim.text) + _CHOSEN * claim.chosen
