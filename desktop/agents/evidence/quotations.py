"""Whether a quotation stands in a text, and where.

Exact first; then with the differences that extraction and typing make taken out on both sides: white space, hyphenation
at line ends, soft hyphens, ligatures, and the forms of quotes, dashes and composed letters. Letters keep their case. A
quotation that begins or ends in the middle of a word or a number is not one: "12 Euro" does not stand in "112 Euro".
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

SHORTEST = 8
"""Characters that a quotation must have at least: shorter ones stand in every text by chance."""

_LINE_END_HYPHEN: Final = "\ufdd0"
"""Stands for a hyphen at a line end, which may or may not belong to the word; a noncharacter, so in no text."""

_LETTER: Final = r"[^\W\d_]"
_UNLIKE: Final = re.compile(
    rf"(?<={_LETTER})[-\u2010\u00ad][^\S\n]*\n\s*(?={_LETTER})"  # hyphenation
    r"|[^\S ]\s*| \s+"  # white space that is not one plain space
    r"|.[\u0300-\u036f]+"  # a letter and its marks
    r"|[\u00ad\u200b-\u200d\u2060\ufeff\ufdd0]"  # invisible
    r"|[\u2018\u2019\u201a\u201b\u2039\u203a\u00b4\u0060\u2032]"  # single quotes
    r"|[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]"  # double quotes
    r"|[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"  # dashes
    r"|[\u2026\ufb00-\ufb06]",  # ellipsis, ligatures
    re.DOTALL,
)
_ALIKE: Final = (
    dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufdd0", "")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u00b4\u0060\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
    | {"\u2026": "...", "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
    | {"\ufb05": "st", "\ufb06": "st"}
)
_QUOTES: Final = "\"'\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u2039\u203a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a quotation stands: character offsets in the text that was searched."""

    start: int
    end: int


class Quotable:
    """A text in which quotations are looked up. What a look-up needs is prepared once, with the first that needs it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, quote: str, *, near: int = 0, shortest: int = SHORTEST) -> Match | None:
        """Where `quote` stands, at or after `near` if it does, else anywhere; None where it does not.

        Quotation marks and white space around it do not count.
        """
        quote = quote.strip().strip(_QUOTES).strip()
        if len(quote) < shortest or not any(sign.isalnum() for sign in quote):
            return None
        return _pick(self._exact(quote), near) or _pick(self._alike(quote), near)

    def _exact(self, quote: str) -> Iterator[Match]:
        for start in _occurrences(self.text, quote):
            if is_whole(self.text, start, start + len(quote)):
                yield Match(start=start, end=start + len(quote))

    def _alike(self, quote: str) -> Iterator[Match]:
        folded = self._folded
        wanted = fold(quote).text.strip()
        if not wanted:
            return
        for start, end in _occurrences_with_hyphens(folded.text, wanted):
            match = Match(start=folded.origin(start), end=folded.origin_end(end))
            if is_whole(self.text, match.start, match.end):
                yield match

    @cached_property
    def _folded(self) -> "Folded":
        return fold(self.text)


class Folded:
    """A text with the differences that do not count taken out, and the way back to the original's offsets."""

    def __init__(self) -> None:
        self.text = ""
        self._starts = array("q")  # where a stretch begins in the folded text …
        self._origins = array("q")  # … and in the original …
        self._ends = array("q")  # … and where it ends there; between, characters run in parallel or are one replacement

    def origin(self, offset: int) -> int:
        """The original offset of the character at a folded offset."""
        at = bisect_right(self._starts, offset) - 1
        return min(self._origins[at] + offset - self._starts[at], self._ends[at] - 1)

    def origin_end(self, offset: int) -> int:
        """The original offset after the character before a folded offset."""
        at = bisect_right(self._starts, offset - 1) - 1
        stretch_end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self.text)
        if offset == stretch_end:
            return self._ends[at]
        return min(self._origins[at] + offset - self._starts[at], self._ends[at])

    def add(self, length: int, origin: int, end: int, at: int) -> None:
        """Add a stretch of `length` characters at the folded offset `at` that stands for an original stretch."""
        if length:
            self._starts.append(at)
            self._origins.append(origin)
            self._ends.append(end)


def fold(text: str) -> Folded:
    """Take out the differences that do not count."""
    folded, length, done = Folded(), 0, 0
    pieces: list[str] = []
    for match in _UNLIKE.finditer(text):
        folded.add(match.start() - done, done, match.start(), length)
        replacement = _replacement(match.group(), hyphenated=match.start() > 0)
        pieces += (text[done : match.start()], replacement)
        length += match.start() - done
        folded.add(len(replacement), match.start(), match.end(), length)
        length += len(replacement)
        done = match.end()
    folded.add(len(text) - done, done, len(text), length)
    folded.text = "".join([*pieces, text[done:]])
    return folded


def _replacement(piece: str, *, hyphenated: bool) -> str:
    if piece in _ALIKE:
        return _ALIKE[piece]
    if piece.isspace():
        return " "
    if hyphenated and piece[0] in "-\u2010\u00ad":
        return _LINE_END_HYPHEN
    return unicodedata.normalize("NFC", piece)


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + 1)


def _occurrences_with_hyphens(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Occurrences where a hyphen at a line end in `text` may stand for a hyphen, or for nothing, in `wanted`."""
    for start in _occurrences(text, wanted):
        yield start, start + len(wanted)
    if _LINE_END_HYPHEN in text:
        signs = (f"[-{_LINE_END_HYPHEN}]" if sign == "-" else re.escape(sign) for sign in wanted)
        pattern = re.compile(f"{_LINE_END_HYPHEN}?".join(signs))
        yield from (match.span() for match in pattern.finditer(text))


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether neither end lies in the middle of a word or a number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and _joins(before[-1], text[start]):
        return False
    if after and _joins(text[end - 1], after[0]):
        return False
    if text[start].isdigit() and len(before) == 2 and before[0].isdigit() and before[1] in ".,'\u2019":
        return False
    return not (text[end - 1].isdigit() and len(after) == 2 and after[0] in ".,'\u2019" and after[1].isdigit())


def _joins(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word; the scripts without spaces (Chinese, Japanese) have no such words."""
    return left.isalnum() and right.isalnum() and not ("\u2e80" <= left <= "\ufaff" or "\u2e80" <= right <= "\ufaff")


def _pick(matches: Iterator[Match], near: int) -> Match | None:
    first = None
    for match in matches:
        if match.start >= near:
            return match
        first = first or match
    return first
