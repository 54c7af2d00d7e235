"""What is noted about the documents, and the words in them that each note rests on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.agents.documents.corpus import Corpus
from desktop.agents.evidence.grounding import Grounds
from desktop.agents.evidence.statements import count_words, is_statement, sentence_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a document's full text."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing worth saying, and the sentences behind it."""

    text: str
    spans: tuple[Span, ...]
    verbatim: bool = False  # the document's own words, where the model's did not hold


def quoted(corpus: Corpus, span: Span) -> str:
    """The words of a span as they stand in the document."""
    pieces: list[str] = []
    start = span.start
    while start < span.end:
        passage = corpus.passage_at(span.document, start)
        pieces.append(passage.text[start - passage.start : span.end - passage.start])
        start = passage.end
    return "".join(pieces)


def distinct(points: Iterable[Point]) -> list[Point]:
    """The points without those that say the same as one before, or nothing: digits alone do not."""
    kept: list[Point] = []
    texts: set[str] = set()
    for point in points:
        text = " ".join(re.findall(r"\w+", point.text.lower()))
        if count_words(text) and point.spans and text not in texts:
            texts.add(text)
            kept.append(point)
    return kept


def all_spans(points: Sequence[Point]) -> tuple[Span, ...]:
    """The spans behind all points, each once."""
    return tuple(dict.fromkeys(span for point in points for span in point.spans))


def grounds_of(corpus: Corpus, spans: Iterable[Span], language: str = "English") -> Grounds[Span]:
    """The sentences of these spans as grounds for statements; `language`: which those are to be written in."""
    return Grounds({span: quoted(corpus, span) for span in spans}, language)


def grounded_point(grounds: Grounds[Span], statement: str, named: Sequence[Span]) -> Point:
    """The statement with the sentences behind it; where there are none, the first one named says it itself."""
    spans = grounds.behind(statement, named) if is_statement(statement) else ()
    if spans:
        return Point(text=statement, spans=spans)
    return Point(text=sentence_alone(grounds.text(named[0])), spans=(named[0],), verbatim=True)
