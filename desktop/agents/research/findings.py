"""All that was found out, put in the order in which the report says it, with the number of each source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.agents.research.claims import Claim
from desktop.agents.research.comparing import Pair
from desktop.agents.research.writing import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is said to one question: in words, and in the sources' own."""

    question: str
    answered: bool
    statements: tuple[Statement, ...]
    quoted: tuple[int, ...]  # places of the claims, those first that the statements rest on


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The answer, its parts, and the claims behind them. Sources are passages: they have the places."""

    parts: tuple[Part, ...]  # the first one answers the person's question
    claims: tuple[Claim, ...]
    contradictions: tuple[Pair, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the person's question is answered."""
        return self.parts[0].answered

    def cited(self) -> tuple[int, ...]:
        """The places of all claims that the report quotes, in its order."""
        places = [place for part in self.parts for place in part.quoted]
        places += [place for pair in self.contradictions for place in (pair.one, pair.other)]
        return tuple(dict.fromkeys(places))

    def numbers(self) -> dict[tuple[str, int], int]:
        """The numbers of the sources, by document and passage."""
        keys = dict.fromkeys(source_of(self.claims[place]) for place in self.cited())
        return {key: number for number, key in enumerate(keys, start=1)}


def source_of(claim: Claim) -> tuple[str, int]:
    """The passage that a claim stands in."""
    return claim.document, claim.passage


def quoted_by(statements: Iterable[Statement], places: Sequence[int], said: set[int], most: int) -> tuple[int, ...]:
    """The claims that are quoted with an answer: those behind it, then others that were not said before, as read."""
    behind = list(dict.fromkeys(place for statement in statements for place in statement.places))
    others = [place for place in places if place not in behind and place not in said]
    return (*behind, *sorted(others[:most]))
