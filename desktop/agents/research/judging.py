"""Whether the sources answer a question: by the evidence first, and by the model where that leaves it open."""

from collections.abc import Sequence
from typing import Final

from desktop.agents.research.claims import Claim
from desktop.agents.research.searching import Excerpt
from desktop.agents.research.terms import Terms
from desktop.agents.research.writing import Section, Statement, Topic

TOO_LITTLE: Final = 0.55
"""Share of a question's words, by their rarity, below which the best passage does not answer it."""

ENOUGH: Final = 0.7
"""The share from which on a single sentence, with its heading, speaks of it, though a model marks it otherwise."""

_LONG: Final = 9  # telling words of a question that asks for several things
_TOGETHER: Final = 5  # passages that may answer such a one together
_IN_THEIR_WORDS: Final = 3  # claims that stand for an answer which the model could not put into words


def coverage(claims: Sequence[Claim], places: Sequence[int], excerpts: Sequence[Excerpt], terms: Terms) -> float:
    """How much of a question the best passage speaks of in which the model chose a sentence, from 0 to 1.

    Of a long question no single passage speaks: there it is what the best few say together.
    """
    chosen = {(claims[place].document, claims[place].passage) for place in places if claims[place].chosen}
    passages = [each.passage for each in excerpts if (each.passage.document, each.passage.number) in chosen]
    texts = [f"{passage.heading} {passage.text}" for passage in passages]
    if len(terms.weights) >= _LONG:
        texts.append(" ".join(texts[:_TOGETHER]))
    return max((terms.share(text) for text in texts), default=0.0)


def closeness(claims: Sequence[Claim], places: Sequence[int], terms: Terms) -> float:
    """The same for the best sentence that the model chose, with its heading."""
    chosen = (claims[place] for place in places if claims[place].chosen)
    return max((terms.share(f"{claim.heading} {claim.text}") for claim in chosen), default=0.0)


def is_answered(section: Section, topic: Topic) -> bool:
    """Whether the sources answer a question."""
    if not topic.places or topic.coverage < TOO_LITTLE or section.denied:
        return False
    return section.answered or topic.closeness >= ENOUGH


def is_spoken_of(topic: Topic) -> bool:
    """Whether the sources answer a part of the question, which is answered in their words alone."""
    return bool(topic.places) and topic.coverage >= TOO_LITTLE and topic.closeness >= TOO_LITTLE


def statements_of(section: Section, topic: Topic, claims: Sequence[Claim]) -> tuple[Statement, ...]:
    """The sentences of an answer; where none rests on a claim, the best claims answer in their own words."""
    if any(statement.places for statement in section.statements):
        return section.statements
    return tuple(Statement(text=claims[place].text, places=(place,)) for place in topic.places[:_IN_THEIR_WORDS])
