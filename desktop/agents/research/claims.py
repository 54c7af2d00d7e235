"""What the sources say to the questions: a claim is a sentence of theirs, word for word, with its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.agents.evidence.grounding import Wording
from desktop.agents.research.terms import Terms

_CHOSEN: Final = 0.3
_FIGURE: Final = 0.1
_FIRST: Final = 0.8  # what the best passage speaks for its claims …
_SLOPE: Final = 4.0  # … and the one after so many for half as much


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of a source."""

    text: str  # on one line, for people and models
    quote: str  # as it stands there
    document: str
    passage: int
    questions: tuple[int, ...]  # that it may answer; 0 is the person's own
    chosen: bool  # by the model; else it shares the question's words
    lead: str = ""  # what introduces the list that it is an item of
    rank: int = 0  # of its passage among those that were read, 0 for the one that fits best
    page: int | None = None
    line: int | None = None
    heading: str = ""

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
    """What speaks for a claim: the question's words, its passage's rank, a figure, and that the model chose it."""
    text = f"{claim.lead} {claim.text}"
    words = (terms.share(text) + terms.share(f"{claim.heading} {text}")) / 2
    figure = _FIGURE * any(sign.isdigit() for sign in claim.text)
    return words + figure + _CHOSEN * claim.chosen + _FIRST / (1 + claim.rank / _SLOPE)
