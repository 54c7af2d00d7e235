"""Cutting a document's text into passages by the model's own tokens."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Final

STRETCH = 40_000
"""Characters whose tokens are asked for at a time: large enough to be quick, small enough to be answered at once."""

_BREAKS: Final = (
    re.compile(r"\n[^\S\n]*\n\s*|\f\s*"),  # paragraphs, pages
    re.compile(r"[.!?\u2026][\"'\u201d\u201c\u00bb)\]]*\s+|\n\s*"),  # sentences, lines
    re.compile(r"\s+"),  # words
)

TokenEnds = Callable[[str], Awaitable[Sequence[int]]]


async def count_tokens(text: str, token_ends: TokenEnds) -> "array[int]":
    """Where each token of a long text ends, asked for stretch by stretch."""
    ends = array("q")
    start = 0
    while start < len(text):
        end = _stretch_end(text, start)
        ends.extend(start + offset for offset in await token_ends(text[start:end]))
        if not ends or ends[-1] < end:
            ends.append(end)
        start = end
    return ends


def cut_passages(text: str, ends: Sequence[int], most: int) -> list[tuple[int, int, int]]:
    """Start, end and tokens of each passage: together they are the whole text, and none has more than `most` tokens.

    Passages are about equally long, and end where a paragraph, a sentence, a line or a word does, in this order.
    """
    cuts: list[tuple[int, int, int]] = []
    start, first = 0, 0  # the passage's first character, and the first token that ends after it
    while start < len(text):
        left = len(ends) - first
        if left <= most:
            cuts.append((start, len(text), left))
            break
        target = min(most, ceil(left / ceil(left / most) * 1.1))
        end = _best_break(text, ends[first + target // 2 - 1], ends[first + target - 1])
        end = max(end, start + 1)
        after = bisect_right(ends, end)
        divided = after == 0 or ends[after - 1] != end  # a token that the cut divides counts on both sides
        cuts.append((start, end, after - first + divided))
        start, first = end, after
    return cuts


def _best_break(text: str, low: int, high: int) -> int:
    """The last good place for a cut from `low` to `high`; `high` where there is none."""
    for breaks in _BREAKS:
        last = 0
        for match in breaks.finditer(text, low, high):
            last = match.end()
        if last:
            return last
    return high


def _stretch_end(text: str, start: int) -> int:
    end = start + STRETCH
    if end >= len(text):
        return len(text)
    line_end = text.rfind("\n", start + STRETCH // 2, end)
    return line_end + 1 if line_end > 0 else max(text.rfind(" ", start + STRETCH // 2, end), 0) or end
