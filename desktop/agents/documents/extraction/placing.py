"""Where in a document the words stand that a model copied, and the quote that shows a place to a person."""

import difflib
import re
from typing import Final

from desktop.agents.documents.extraction.question import MAX_TEXT
from desktop.agents.evidence.quotations import Quotable, is_whole

QUOTE: Final = 160  # characters of a quote around its value
_ALIKE: Final = 0.85
_AROUND: Final = ",;:"
_FIRST_LINES: Final = 4_000  # lines that are compared with a miscopied value


def place_text(quotable: Quotable, written: str, near: int = 0) -> tuple[int, int] | None:
    """Where the text stands that a model copied, slips of the copy repaired; None where nothing is like it.

    Of several places it is the first from `near` on.
    """
    written = written.strip()
    if not any(sign.isalnum() for sign in written):
        return None
    if len(written) >= MAX_TEXT:  # it ran on to the limit
        written = written.partition("\n")[0]
    if match := quotable.find(written, near=near, shortest=1):
        if len(written) >= MAX_TEXT:
            line_end = quotable.text.find("\n", match.start, match.end)
            return match.start, line_end if line_end >= 0 else match.end
        return _trimmed(quotable.text, *_without_key(quotable.text, match.start, match.end))
    return _in_other_case(quotable.text, written, near) or _closest(quotable.text, written)


def _in_other_case(text: str, written: str, near: int) -> tuple[int, int] | None:
    spans = [match.span() for match in re.finditer(re.escape(written), text, re.IGNORECASE)]
    whole = [span for span in spans if is_whole(text, *span)]
    return next((span for span in whole if span[0] >= near), whole[0] if whole else None)


def _without_key(text: str, start: int, end: int) -> tuple[int, int]:
    """A row that was copied with its label (“Customer | Ann”) is narrowed down to what stands behind it."""
    key, bar, _ = text[start:end].partition(" | ")
    if bar and "\n" not in text[start:end] and text[start:end].count(" | ") == 1:
        return start + len(key) + len(bar), end
    return start, end


def quote_around(text: str, start: int, end: int) -> str:
    """The line that holds a place, of a long one what stands around it; word for word as in the text."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    room = max(0, QUOTE - (end - start)) // 2
    if start - line_start > room:
        gap = text.find(" ", start - room, start)
        line_start = gap + 1 if gap >= 0 else start
    if line_end - end > room:
        gap = text.rfind(" ", end, end + room)
        line_end = gap if gap >= 0 else end
    return text[line_start:line_end].strip()


def _closest(text: str, written: str) -> tuple[int, int] | None:
    """The run of words on one line that differs from the copy by a slip, or by the order of its words."""
    width = len(written.split())
    if len(written) < 5 or width > 30:
        return None
    bag = _bag(written)
    matcher = difflib.SequenceMatcher(autojunk=False, b=written)
    best, place = _ALIKE, None
    offset = 0
    for line in text.split("\n", _FIRST_LINES)[:_FIRST_LINES]:
        for start, end in _word_runs(line[:2000], width):
            if width > 1 and _bag(line[start:end]) == bag:
                return _trimmed(text, offset + start, offset + end)
            matcher.set_seq1(line[start:end])
            if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
                best, place = ratio, (offset + start, offset + end)
        offset += len(line) + 1
    return place


def _bag(text: str) -> list[str]:
    """The words in an order of their own, without the punctuation around them."""
    return sorted(word.strip(_AROUND) for word in text.split())


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A run without punctuation that follows its last word; a point may belong to it."""
    while text[end - 1] in _AROUND:
        end -= 1
    return start, end


def _word_runs(line: str, width: int) -> list[tuple[int, int]]:
    words: list[tuple[int, int]] = []
    at = 0
    for word in line.split():
        at = line.find(word, at)
        words.append((at, at + len(word)))
        at += len(word)
    return [(words[i][0], words[i + width - 1][1]) for i in range(len(words) - width + 1)]
