"""Whether the sources answer a question, by the evidence: what the claims speak of, and what the answer rests on."""

from collections.abc import Sequence
from typing import Final

from desktop.agents.research.claims import Claim
from desktop.agents.research.terms import Terms
from desktop.agents.research.writing import Section, Topic

_SPEAKS_OF_IT: Final = 0.34
"""Share of a question's words, by their rarity, that one claim with its heading has to speak of."""


def is_answered(section: Section, topic: Topic, claims: Sequence[Claim], terms: Terms) -> bool:
    """Whether the answer rests on claims that speak of the question."""
    if not section.answered or not any(statement.places for statement in section.statements):
        return False
    shares = (terms.share(f"{claims[place].heading} {claims[place].text}") for place in topic.places)
    return max(shares, default=0.0) >= _SPEAKS_OF_IT
