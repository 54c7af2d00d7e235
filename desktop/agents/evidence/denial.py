"""Whether a text denies, and whether it says the opposite of others: "must modify" against "must not modify"."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from desktop.agents.evidence.clauses import clauses

_WORDS: Final = (
    r"(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|forbidden|prohibited|\w+n[\u2019']t"
    r"|nicht|nie|niemals|niemand|nichts|weder|kein\w*|ohne|verboten|untersagt)\b"
)
_NOT: Final = re.compile(
    r"\b(?!(?:not|nicht) (?:only|just|nur|later|sp\u00e4ter)\b|no (?:later|more|less|fewer|earlier|sooner) than\b)"
    + _WORDS,
    re.IGNORECASE,
)
_INTERRUPTED: Final = re.compile(rf"\b{_WORDS},", re.IGNORECASE)  # "must never, in any case, …" denies what follows
_MOST_OF_IT: Final = 2 / 3  # share of a statement's words that a clause holds which speaks of the same


def denies(text: str) -> bool:
    """Whether a text says that something is not so, or must not be."""
    return _NOT.search(text) is not None


def is_opposite(statement: str, sentences: Sequence[str], words_of: Callable[[str], set[str]]) -> bool:
    """Whether a clause of a statement denies what all clauses say that speak of it, or says what they deny.

    Those speak of it that hold most of its words; where none does, the sentences and the statement as wholes count.
    """
    pieces = [(piece, words_of(piece)) for sentence in sentences for piece in _parts(sentence)]
    for part in _parts(statement):
        words = words_of(part)
        if not words:
            continue
        close = [piece for piece, held in pieces if len(words & held) >= _MOST_OF_IT * len(words)]
        if close and all(denies(piece) != denies(part) for piece in close):
            return True
        if not close and all(denies(sentence) != denies(statement) for sentence in sentences):
            return True
    return False


def _parts(sentence: str) -> list[str]:
    return [sentence] if _INTERRUPTED.search(sentence) else clauses(sentence)
