"""The lines of a long document that could state the fields: small enough for one prompt, in reading order."""

import re
from collections.abc import Sequence
from typing import Final

from desktop.agents.documents.extraction.candidates import Candidate, SearchedText
from desktop.agents.documents.extraction.field import Field
from desktop.agents.documents.extraction.lexicon import concept_of, labels_in, shared_words, words_of

GAP: Final = "[…]"
_HEAD_LINES: Final = 14
_BEST: Final = 4  # candidates of each field whose surroundings are taken
_LONGEST_LINE: Final = 240  # of a longer one what stands around the place


def excerpt(searched: SearchedText, fields: Sequence[Field], ranked: dict[str, list[Candidate]], most: int) -> str:
    """At most about `most` characters: the head, and the lines that could state a field or name it."""
    text = searched.text
    spans = _LineSpans(text)
    chosen: set[int] = set()
    left = most
    for line in _lines_by_worth(spans, fields, ranked):
        cost = spans.length(line) + 1
        if line not in chosen and cost <= left:
            chosen.add(line)
            left -= cost
    pieces, last = [], -1
    for line in sorted(chosen):
        if line != last + 1:
            pieces.append(GAP)
        pieces.append(spans.text_of(line))
        last = line
    return "\n".join(pieces)


def _lines_by_worth(spans: "_LineSpans", fields: Sequence[Field], ranked: dict[str, list[Candidate]]) -> list[int]:
    lines = list(range(min(_HEAD_LINES, len(spans))))
    for rank in range(_BEST):
        for field in fields:
            candidates = ranked.get(field.name, [])
            if rank < len(candidates):
                at = spans.line_at(candidates[rank].start)
                lines += [near for near in (at, at - 1, at + 1) if 0 <= near < len(spans)]
    for field in fields:
        if field.name not in ranked:
            for at in _naming(spans, field)[: 2 * _BEST]:
                lines += [near for near in (at, at + 1) if near < len(spans)]
    return lines


def _naming(spans: "_LineSpans", field: Field) -> list[int]:
    """The lines that hold the field's label or words, the best first."""
    concept, words = concept_of(field), words_of(field)
    scored: list[tuple[float, int]] = []
    for at in range(len(spans)):
        line = spans.text_of(at)
        score = shared_words(words, line)
        score += 2.0 * any(label.concept == concept for label in labels_in(line)) if concept else 0.0
        if score >= 0.34:
            scored.append((-score, at))
    return [at for _, at in sorted(scored)]


class _LineSpans:
    """The lines of a text, very long ones in pieces."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans: list[tuple[int, int]] = []
        for match in re.finditer(rf"[^\n]{{1,{_LONGEST_LINE}}}", text):
            if not match[0].isspace():
                self._spans.append(match.span())

    def __len__(self) -> int:
        return len(self._spans)

    def length(self, line: int) -> int:
        start, end = self._spans[line]
        return end - start

    def text_of(self, line: int) -> str:
        start, end = self._spans[line]
        return self._text[start:end]

    def line_at(self, offset: int) -> int:
        low, high = 0, len(self._spans) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._spans[middle][0] <= offset:
                low = middle
            else:
                high = middle - 1
        return low
