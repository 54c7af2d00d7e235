"""What is noted about the documents, and the words in them that each note rests on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.mode import NUMBER_WORDS, language_of

_NUMBER: Final = re.compile(r"\d+(?:[.,'\u2019]\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_MONTHS: Final = (
    ("jan",),
    ("feb",),
    ("mar", "mär", "mrz"),
    ("apr",),
    ("may", "mai"),
    ("jun",),
    ("jul",),
    ("aug",),
    ("sep",),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez"),
)
_STEM: Final = 5  # letters that two forms of a word have in common
_FEWEST_WORDS: Final = 3  # that make a statement
_ENOUGH: Final = 0.34
"""Share of a point's words that its sentences must hold; less, and it is taken as the model's own invention."""


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


def figures(text: str) -> set[str]:
    """The numbers in a text, by their digits alone: 1.234,50 and 1,234.50 are the same."""
    return {re.sub(r"\D", "", match.group()).lstrip("0") or "0" for match in _NUMBER.finditer(text)}


def implied_figures(text: str) -> set[str]:
    """The numbers that a text writes as words, months among them: "five", "drei", "March"."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return {str(NUMBER_WORDS[word]) for word in words if word in NUMBER_WORDS} | {
        str(number) for word in words for number, names in enumerate(_MONTHS, start=1) if word.startswith(names)
    }


def stems(text: str) -> set[str]:
    """The beginnings of the text's longer words."""
    return {word[:_STEM] for word in _WORD.findall(one_line(text).lower())}


def is_supported(text: str, quotes: Sequence[str]) -> bool:
    """Whether a text can rest on these quotations: all its figures stand there, and (in one language) its words do."""
    source = "\n".join(quotes)
    return has_its_figures(text, source) and shares_words(text, source)


def has_its_figures(text: str, source: str) -> bool:
    """Whether every figure of the text stands in the source, as a number or in words."""
    return figures(text) <= figures(source) | implied_figures(source)


def shares_words(text: str, source: str) -> bool:
    """Whether the text shares enough words with the source; in another language there is nothing to compare."""
    own = stems(text)
    if not own or language_of(text) != language_of(source):
        return True
    return len(own & stems(source)) / len(own) >= _ENOUGH


def backed(corpus: Corpus, text: str, spans: tuple[Span, ...]) -> Point:
    """The point that says `text`, or where that does not rest on the sentences, what the first of them says."""
    quotes = [quoted(corpus, span) for span in spans]
    if len(re.findall(r"[^\W\d_]{2,}", text)) >= _FEWEST_WORDS and is_supported(text, quotes):
        return Point(text=text, spans=spans)
    return Point(text=one_line(quotes[0]), spans=spans[:1], verbatim=True)


def distinct(points: Iterable[Point]) -> list[Point]:
    """The points without those that say the same as one before, or nothing."""
    kept: list[Point] = []
    texts: set[str] = set()
    for point in points:
        text = " ".join(re.findall(r"\w+", point.text.lower()))
        if text and point.spans and text not in texts:
            texts.add(text)
            kept.append(point)
    return kept
