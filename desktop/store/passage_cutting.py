"""A document in passages: some 200 words each, along headings, paragraphs and pages, as they stand there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from desktop.engine import HEADING_SIGN, Document, Part, Passage

USUAL: Final = 200
"""Words of a usual passage."""

MOST: Final = 250
"""Words of the longest passage; a longer paragraph is cut where a sentence or a line ends."""

_ENOUGH: Final = 60  # words before a heading that make a passage by themselves
_SIGNS_PER_WORD: Final = 8  # at least: in scripts without spaces, and in tables, signs count
_WORD: Final = re.compile(r"\S+")
_BREAKS: Final = (
    re.compile(r"[.!?\u2026][\"'\u201d\u201c\u00bb)\]]*\s+|[\u3002\uff01\uff1f]|\n\s*"),
    re.compile(r"\s+"),
)
_HASHES: Final = re.compile(r"(#{1,6})\s+(\S.*)")
_UNDERLINE: Final = re.compile(r"([=\-~*^#+\"'`])\1{2,}\s*")
_NUMBERED: Final = re.compile(
    r"(?:(?:Chapter|Section|Appendix|Kapitel|Abschnitt|Anhang)\s+)?((?:\d+|[A-Z])(?:\.\d+)*)[.):]?\s+[\"\u201c\u201e(]?[^\W\d_a-z]"
)
_SECTION: Final = re.compile(r"\s{0,3}\d{1,3}(?:\.\d{1,3})+\.?\s+[^\W\d_]")
_MARKS: Final = frozenset("-*+\u2022\u2013\u00b7\u25aa")
_PILCROW: Final = "\u00b6"  # what pages made by Sphinx show behind a heading
_LONGEST_LINE: Final = 160  # of a text that is broken into lines; longer ones are paragraphs
_LONGEST_HEADING: Final = 90
_HEADING_WORDS: Final = 8  # of one that has neither number nor mark
_HEADINGS_SHOWN: Final = 3
_LEVELS: Final = "=*-~^"  # what headings are underlined with, the outermost first


def passages_of(document: Document, name: str) -> Iterator[Passage]:
    """The document's passages in order. None crosses a page; each knows what it stands under."""
    headings = _Headings()
    number = 0
    for part in document.parts:
        text = part.text.encode("utf-8", "replace").decode()
        for start, end, heading in _cuts(text, headings):
            yield Passage(
                document=name,
                number=number,
                text=text[start:end],
                page=part.page,
                line=None if part.line is None else part.line + text.count("\n", 0, start),
                heading=_shown(part, heading),
            )
            number += 1


@dataclass(slots=True)
class _Headings:
    """What the text stands under, from the outermost heading to the innermost."""

    stack: list[tuple[int, str]] = field(default_factory=list)

    def add(self, level: int, title: str) -> None:
        while self.stack and self.stack[-1][0] >= level:
            self.stack.pop()
        self.stack.append((level, title))

    def __str__(self) -> str:
        return HEADING_SIGN.join(title for _, title in self.stack[-_HEADINGS_SHOWN:])


def _shown(part: Part, heading: str) -> str:
    return HEADING_SIGN.join(dict.fromkeys(each for each in (part.label, heading) if each))


def _cuts(text: str, headings: _Headings) -> Iterator[tuple[int, int, str]]:
    """Start, end and heading of each passage."""
    begin, last, words, above = -1, 0, 0, ""
    blocks = list(_blocks(text))
    for (start, end), (after, after_end) in zip_longest(blocks, blocks[1:], fillvalue=(0, 0)):
        found = _heading(text[start:end], text[after:after_end])
        size = 0 if found and not words else _size(text, start, end)
        if begin >= 0 and (words + size > USUAL or (found and words >= _ENOUGH)):
            yield begin, last, above
            begin, words = -1, 0
        if found:
            headings.add(*found)
        if not words:
            begin, above = start if begin < 0 else begin, str(headings)
        last = end
        words += size
    if begin >= 0:
        yield begin, last, above


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs and headings, without the white space around them; long ones in pieces."""
    for first, after in _paragraphs(text):
        start, end = _trimmed(text, first, after)
        while _size(text, start, end) > MOST:
            cut = _cut(text, start, end)
            yield _trimmed(text, start, cut)
            start, end = _trimmed(text, cut, end)
        if start < end:
            yield start, end


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between empty lines; where each paragraph is a line, as in a page from the web, the lines."""
    at = 0
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line and not line.isspace():
            lines.append(line)
        elif lines:
            yield from _parts(lines, at - sum(map(len, lines)) - len(lines))
            lines = []
        at += len(line) + 1


def _parts(lines: list[str], begin: int) -> Iterator[tuple[int, int]]:
    are_paragraphs = max(map(len, lines)) > _LONGEST_LINE
    start = at = begin
    are_joined = False
    for line in lines:
        if start < at and not are_joined and (are_paragraphs or _SECTION.match(line)):
            yield start, at
            start = at
        are_joined = False
        at += len(line) + 1
        if line.strip() in _MARKS:  # of an item that stands in the next line
            are_joined = True
            continue
        if len(line) <= _LONGEST_HEADING and _SECTION.match(line):
            yield start, at
            start = at
    if start < at:
        yield start, at


def _cut(text: str, start: int, end: int) -> int:
    """Where a paragraph that is too long is cut: the last good place before it has as many words as are usual."""
    window = text[start : min(end, start + USUAL * _SIGNS_PER_WORD)]
    words = [match.start() for match in _WORD.finditer(window)]
    limit = start + (words[USUAL] if len(words) > USUAL else len(window))
    for breaks in _BREAKS:
        places = [match.end() for match in breaks.finditer(text, start + (limit - start) // 2, limit)]
        if places:
            return places[-1]
    return limit


def _size(text: str, start: int, end: int) -> int:
    """Words, or more where they are long; of what is far too long, not counted exactly."""
    signs = (end - start) // _SIGNS_PER_WORD
    return signs if signs > MOST else max(signs, len(text[start:end].split()))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _heading(block: str, following: str) -> tuple[int, str] | None:
    """Level and words of the heading that a block is or begins with; None where it is none."""
    lines = block.splitlines()
    first = " ".join(lines[0].split())
    if hashes := _HASHES.fullmatch(first):
        return len(hashes[1]), hashes[2].rstrip("# ")[:_LONGEST_HEADING]
    if len(first) > _LONGEST_HEADING or not any(sign.isalpha() for sign in first):
        return None
    if len(lines) > 1:
        line = _UNDERLINE.fullmatch(lines[1].strip())
        return (_LEVELS.find(line[1]) % 6 + 1, first) if line and len(line[0].strip()) >= len(first) // 2 else None
    if numbered := _NUMBERED.match(first):
        return (numbered[1].count(".") + 1, first.rstrip(_PILCROW)) if first[-1] not in ".!?,;:" else None
    if first.endswith(_PILCROW):
        return 6, first.rstrip(_PILCROW)
    is_short = first[0].isupper() and first[-1].isalnum() and len(first.split()) <= _HEADING_WORDS
    return (6, first) if is_short and len(following) > _LONGEST_HEADING else None
