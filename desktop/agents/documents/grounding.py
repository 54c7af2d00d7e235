"""On which sentences a statement rests. Small models name the wrong numbers, so words and figures decide."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.mode import NUMBER_WORDS, language_of
from desktop.agents.documents.points import Point, Span, one_line, quoted

_NUMBER: Final = re.compile(r"\d+(?:[.,'\u2019]\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_ANY_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_STEM: Final = 5  # letters that two forms of a word have in common
_FEWEST_WORDS: Final = 3  # that make a statement
_ENOUGH: Final = 0.4
"""Share of a statement's words that its sentences must hold; with less, it is taken as the model's own invention."""

_GAIN: Final = 0.2  # share of its words that each further sentence must add
_NEARLY: Final = 0.75  # share of their words that two texts have in common which say the same
_MOST: Final = 3  # sentences behind one statement
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


class Grounds:
    """Sentences of documents on which statements may rest."""

    def __init__(self, corpus: Corpus, spans: Iterable[Span]) -> None:
        self._texts = {span: quoted(corpus, span) for span in spans}
        self._tokens = {span: stems(text) | figures(text) | implied_figures(text) for span, text in self._texts.items()}

    def behind(self, statement: str, named: Sequence[Span] = ()) -> tuple[Span, ...]:
        """The sentences that a statement rests on, of equal ones those that the model named; none where it invents.

        All its figures must stand in them. So must a good part of its words, unless it is in another language.
        """
        own, said = stems(statement) | figures(statement), figures(statement)
        if not own:  # "Yes."
            return tuple(named[:1]) if _ANY_WORD.search(statement) else ()
        chosen = self._cover(own, named)
        covered = set().union(*(self._tokens[span] for span in chosen)) if chosen else set()
        if said <= covered and own and len(own & covered) / len(own) >= _ENOUGH:
            return chosen
        if named and self._is_foreign(statement, named):
            spans = tuple(dict.fromkeys((*named[:_MOST], *chosen)))[:_MOST]
            return spans if said <= set().union(*(self._tokens[span] for span in spans)) else ()
        return ()

    def point(self, statement: str, named: Sequence[Span]) -> Point:
        """The statement with the sentences behind it; where there are none, the first one named says it itself."""
        spans = self.behind(statement, named) if len(_ANY_WORD.findall(statement)) >= _FEWEST_WORDS else ()
        if spans:
            return Point(text=statement, spans=spans)
        return Point(text=one_line(self._texts[named[0]]), spans=(named[0],), verbatim=True)

    def invents(self, statement: str) -> bool:
        """Whether a statement says next to nothing, or has a figure that stands in none of the sentences."""
        known = set().union(*self._tokens.values()) if self._tokens else set()
        return len(_ANY_WORD.findall(statement)) < _FEWEST_WORDS or not figures(statement) <= known

    def _cover(self, own: set[str], named: Sequence[Span]) -> tuple[Span, ...]:
        """The fewest sentences that hold most of these words and figures."""
        chosen: list[Span] = []
        missing = set(own)
        while missing and len(chosen) < _MOST:
            best = max(
                self._tokens, key=lambda span: len(missing & self._tokens[span]) + 0.5 * (span in named), default=None
            )
            gain = len(missing & self._tokens[best]) if best else 0
            if best is None or gain == 0 or (chosen and gain / len(own) < _GAIN and not _has_figure(missing)):
                break
            chosen.append(best)
            missing -= self._tokens[best]
        return tuple(chosen)

    def _is_foreign(self, statement: str, named: Sequence[Span]) -> bool:
        return language_of(statement) != language_of("\n".join(self._texts[span] for span in named))


def nearly_same(one: str, other: str) -> bool:
    """Whether two texts say the same in nearly the same words."""
    if not (figures(one) <= figures(other) or figures(other) <= figures(one)):
        return False
    left, right = stems(one), stems(other)
    return bool(left and right) and len(left & right) / len(left | right) >= _NEARLY


def _has_figure(tokens: Iterable[str]) -> bool:
    return any(token.isdigit() for token in tokens)
