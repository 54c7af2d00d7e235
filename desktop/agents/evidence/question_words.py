"""The words of a question that tell what it is about."""

import re
from typing import Final

from desktop.agents.evidence.language import SMALL_WORDS

_WORD: Final = re.compile(r"[^\W\d_]{4,}|\d{2,}")
_LONGEST_STEM: Final = 6


def word_stems(question: str) -> list[str]:
    """The beginnings of the question's telling words, short enough to stand in their other forms and in compounds."""
    words = (word for word in _WORD.findall(question.lower()) if word not in SMALL_WORDS)
    return list(dict.fromkeys(word[: min(_LONGEST_STEM, max(4, len(word) - 1))] for word in words))
