"""What is noted about the documents, and the words in them that each note rests on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.agents.documents.corpus import Corpus

FEWEST_WORDS = 3  # that make a statement
_NEEDS_NO_STOP = range(5, 40)  # words: fewer without a stop are a heading, more were cut off
STOPS = (".", "!", "?", ":", ";", "\u201c", "\u201d", '"', "\u3002")

_A_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}|[^\W\d_]{2,}")
_HEADING = re.compile(r"\A(?:§ ?)?\d[\d.]{0,6}[.)]?[ \t][^\n.!?:;,]{1,12}\n\s*(?=\S)")


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


def one_line(text: str) -> str:
    """The text with every run of white space as one space, and words that were hyphenated at line ends put together."""
    return " ".join(re.sub(r"(?<=[^\W\d_])[-\u00ad]\s*\n\s*(?=[a-zäöüß])", "", text).replace("\u00ad", "").split())


def sentence_alone(text: str) -> str:
    """A sentence of a document on one line, without the short numbered heading that it may begin with ("§ 3 Rent")."""
    return one_line(_HEADING.sub("", text))


def count_words(text: str) -> int:
    """Words of at least two letters; in a script without spaces, pairs of its signs."""
    return len(_A_WORD.findall(text))


def is_statement(text: str) -> bool:
    """Whether a text may say something: a heading, a row of numbers or a sentence that was cut off does not."""
    words = count_words(text)
    return words >= FEWEST_WORDS and not text.endswith("…") and (text.endswith(STOPS) or words in _NEEDS_NO_STOP)


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
