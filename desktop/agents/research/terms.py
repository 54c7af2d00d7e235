"""What a question is about, in words that weigh more the rarer they are; and how much of that a text speaks of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from desktop.agents.evidence.language import SMALL_WORDS
from desktop.agents.evidence.question_words import word_stems
from desktop.engine import Passages, Source

MOST_COUNTED: Final = 40
"""Passages with a word that are counted: in more of them it is a common one."""

_ASKING: Final = frozenset(
    word
    for line in (
        "about all also any are because before being belong belongs best between both can compare comparison could",
        "describe did different does each ever every exactly explain for from get give given had has have its kind",
        "kinds list many may more most much must name need needed needs new not off one other out over own she",
        "should some such tell than that the them then there these they this those two use used using want wanted",
        "wants was way ways were what whatever when where whether which who whom whose why will with would you",
        "your aller anderen beschreibe einem gibt haben kann müssen nenne sollen unterschied vergleiche welche",
        "welchem welchen welcher welches werden wieviel wieviele wurde",
    )
    for word in line.split()
)
"""Words with which questions ask, and that say nothing by themselves."""

_SHORT: Final = re.compile(r"(?<![^\W_])[A-Z][A-Z0-9]{1,2}(?![^\W_])")
_LOWER: Final = re.compile(r"(?<![^\W_])[a-z\u00df-\u00ff]{3}(?![^\W_])")
_WORD: Final = re.compile(r"[^\W_]+")
_WORD_END: Final = re.compile(r"[^\W_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The beginnings of a question's words, with what each weighs."""

    weights: dict[str, float]

    @property
    def total(self) -> float:
        """What all of them weigh."""
        return sum(self.weights.values())

    def in_text(self, text: str) -> frozenset[str]:
        """Those that a text holds."""
        lowered = text.lower()
        return frozenset(term for term in self.weights if _holds(lowered, term))

    def share(self, text: str) -> float:
        """How much of the question a text speaks of, from 0 to 1."""
        return sum(self.weights[term] for term in self.in_text(text)) / self.total if self.weights else 0.0


def terms_of(question: str) -> tuple[str, ...]:
    """The beginnings of a question's telling words, with its short words and names in capitals."""
    telling = " ".join(word for word in _WORD.findall(question) if word.lower() not in _ASKING)
    short = [name.lower() for name in _SHORT.findall(telling)]
    short += [word for word in _LOWER.findall(telling) if word not in SMALL_WORDS]
    return tuple(dict.fromkeys([*word_stems(telling), *short]))


async def weighed(question: str, passages: Passages, sources: Sequence[Source]) -> Terms:
    """The question's terms; how rare each is, is found by looking for it."""
    weights: dict[str, float] = {}
    for term in terms_of(question):
        whole = _whole_word(question, term)
        weights[term] = _weight(len(await passages.find(whole, sources, MOST_COUNTED)))
    return Terms(weights=weights)


def _weight(passages: int) -> float:
    return log(1 + MOST_COUNTED / (passages + 0.5))


def _whole_word(question: str, term: str) -> str:
    at = question.lower().find(term)
    end = _WORD_END.match(question, at)
    return question[at : end.end()] if at >= 0 and end else term


def _holds(text: str, term: str) -> bool:
    if len(term) > 3:
        return term in text
    return re.search(rf"(?<![^\W_]){re.escape(term)}(?:s?)(?![^\W_])", text) is not None
