"""Which of two languages a text is written in, by its commonest words."""

import re
from typing import Final

_WORD: Final = re.compile(r"[a-zäöüß]{2,}")
_GERMAN: Final = frozenset(
    [
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "ein",
        "eine",
        "einen",
        "einem",
        "mit",
        "von",
        "für",
        "auf",
        "dem",
        "den",
        "des",
        "im",
        "zu",
        "zum",
        "zur",
        "bei",
        "bis",
        "wir",
        "sie",
        "ihr",
        "ihre",
        "nach",
        "oder",
        "sich",
        "auch",
        "wird",
        "werden",
        "vom",
        "am",
        "an",
        "als",
        "aus",
        "sind",
        "ihnen",
        "uns",
        "unser",
        "unsere",
        "über",
        "datum",
        "betrag",
        "nr",
    ]
)
_ENGLISH: Final = frozenset(
    [
        "the",
        "and",
        "is",
        "not",
        "a",
        "an",
        "with",
        "of",
        "for",
        "on",
        "in",
        "to",
        "by",
        "from",
        "you",
        "your",
        "we",
        "our",
        "or",
        "as",
        "are",
        "be",
        "this",
        "that",
        "at",
        "which",
        "will",
        "has",
        "have",
        "was",
        "were",
        "it",
        "its",
        "date",
        "amount",
        "no",
    ]
)
_SAMPLE: Final = 20_000  # characters that are looked at


def looks_german(text: str) -> bool:
    """Whether a text has more of the commonest German words than of the English ones."""
    words = _WORD.findall(text[:_SAMPLE].lower())
    return sum(word in _GERMAN for word in words) > sum(word in _ENGLISH for word in words)
