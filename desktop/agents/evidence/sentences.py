"""Where the sentences of a passage begin and end: a model points at them by number, so that it never has to copy."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

LONGEST = 400
"""Characters of the longest piece; longer ones (tables, lists without stops) are cut at white space."""

SHORTEST = 12
"""Characters of the shortest piece; shorter ones (numbers of headings, bullets) go with what follows."""

SHORTEST_IN_LINE = 28
"""The same where the line goes on: "§ 3 Rent." goes with the sentence after it."""

_ABBREVIATIONS: Final = (
    r"[A-Za-z]|(?<![\d:.,])\d{1,2}"  # 3. März; but not: at 14:00.
    r"|Dr|Mr|Mrs|Ms|Prof|St|Nr|No|Abs|Art|Str|bzw|ca|vgl|inkl|zzgl|ggf|usw|etc|vs|Fig|Abb|Tel|Inc|Ltd"
)
_ABBREVIATION: Final = re.compile(rf"\b(?:{_ABBREVIATIONS})\.$")
_SENTENCE_END: Final = re.compile(r"[.!?\u2026][\"'\u201c\u201d\u00bb\u00ab)\]]*(?=\s)|[\u3002\uff01\uff1f]+")
_LINE: Final = re.compile(r"[^\n]*\n?")
_ITEM: Final = re.compile(r"\s*(?:[-*\u2022\u25aa\u2013\u00b7]\s|\d{1,3}[.)]\s|\|)")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, list item, heading or table row in `text`, in order and without white space."""
    spans = (_trim(text, start, end) for start, end in _cut_long(text, _sentences(text)))
    return _join_short(text, [span for span in spans if span[0] < span[1]])


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _blocks(text):
        begin = start
        for match in _SENTENCE_END.finditer(text, start, end):
            if not _goes_on(text, match.end(), end) and not _ABBREVIATION.search(text, begin, match.end()):
                yield begin, match.end()
                begin = match.end()
        yield begin, end


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that no sentence crosses: paragraphs, list items, rows, headings."""
    lines = [match.span() for match in _LINE.finditer(text) if match.group()]
    widest = max((end - start for start, end in lines), default=0)
    begin = 0
    for (start, end), (next_start, next_end) in pairwise(lines):
        if _ends_block(text[start:end], text[next_start:next_end], widest):
            yield begin, end
            begin = end
    yield begin, len(text)


def _ends_block(line: str, following: str, widest: int) -> bool:
    if not line.strip() or not following.strip():
        return True
    if "\t" in line or "\t" in following or "\f" in line or _ITEM.match(following):
        return True
    return len(line) < 0.6 * widest and following.lstrip()[0].isupper()


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether a stop is followed by a small letter, so that the sentence goes on."""
    rest = text[start : min(end, start + 80)].lstrip()
    return bool(rest) and rest[0].islower()


def _cut_long(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        begin = start
        while end - begin > LONGEST:
            space = max(text.rfind(sign, begin + LONGEST // 2, begin + LONGEST) for sign in " \t\n")
            cut = space + 1 if space > 0 else begin + LONGEST
            yield begin, cut
            begin = cut
        yield begin, end


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _opens_line(text: str, spans: list[tuple[int, int]], place: int) -> bool:
    """Whether a piece begins a line, and the next one goes on in it."""
    before = text[spans[place - 1][1] : spans[place][0]] if place else "\n"
    return place + 1 < len(spans) and "\n" in before and "\n" not in text[spans[place][1] : spans[place + 1][0]]


def _join_short(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    begin: int | None = None
    for place, (start, end) in enumerate(spans):
        begin = start if begin is None else begin
        if end - begin >= (SHORTEST_IN_LINE if _opens_line(text, spans, place) else SHORTEST):
            joined.append((begin, end))
            begin = None
    if begin is not None and spans:
        begin = joined.pop()[0] if joined else begin
        joined.append((begin, spans[-1][1]))
    return joined
