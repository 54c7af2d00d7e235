"""The clauses of a sentence, as far as its signs and the words between them show them."""

import re
from typing import Final

_BETWEEN: Final = re.compile(
    r"[,;]\s+|(?<=[^\W\d_]{3})[.!?]\s+|\s+(?:and|but|while|whereas|und|aber|w\u00e4hrend)\s+", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def clauses(sentence: str) -> list[str]:
    """Its clauses, in order. What has no word of its own, as a figure in a list has none, stays with what is before."""
    found: list[str] = []
    begin = 0
    ends = [*_BETWEEN.finditer(sentence), None]
    for end, following in zip(ends, [*ends[1:], None], strict=True):
        goes_on = end and not _WORD.search(sentence, end.end(), following.start() if following else len(sentence))
        if end and not goes_on and _WORD.search(sentence, begin, end.start()):
            found.append(sentence[begin : end.start()])
            begin = end.end()
    return [*found, sentence[begin:]]
