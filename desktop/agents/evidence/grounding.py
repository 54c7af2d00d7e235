"""On which sentences a statement rests. Small models name the wrong numbers, so words and figures decide."""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from desktop.agents.evidence.clauses import clauses
from desktop.agents.evidence.date_forms import MONTHS
from desktop.agents.evidence.denial import denies, is_opposite
from desktop.agents.evidence.language import is_told, language_of
from desktop.agents.evidence.number_forms import decimal_sign, parse_number
from desktop.agents.evidence.number_words import NUMBER_WORDS
from desktop.agents.evidence.pairing import are_mixed_up
from desktop.agents.evidence.statements import FEWEST_WORDS, count_words, one_line

Key = TypeVar("Key", bound=Hashable)
"""What tells one sentence from the others."""

_NUMBER: Final = re.compile(r"\d+(?:[.,'\u2019]\d+)*")
_WHOLE_WORD: Final = re.compile(r"[^\W\d_]+")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_STEM: Final = 5  # letters that two forms of a word have in common
_ENOUGH: Final = 2 / 3
"""Share of a statement's words that its sentences must hold; with less, it is taken as the model's own invention."""

_GAIN: Final = 0.2  # share of its words that each further sentence must add
_NEARLY: Final = 0.8  # share of their words that two texts have in common which say the same
_MOST: Final = 3  # sentences behind one statement


def figures(text: str, decimal: str = "") -> set[str]:
    """The numbers in a text, as plain digits: 1.234,50 and 1,234.50 are both 1234.5; of a date, its parts.

    `decimal` is the sign that settles what 1.234 means; empty: the text's own.
    """
    sign = decimal or decimal_sign(text)
    return {figure for match in _NUMBER.finditer(text) for figure in _values(match.group(), sign)}


def worded_figures(text: str) -> set[str]:
    """The numbers that a text writes as words, names of months among them: "five", "drei", "March"."""
    words = _WHOLE_WORD.findall(text)
    months = {str(MONTHS[word.lower()]) for word in words if word.lower() in MONTHS and word[0].isupper()}
    return months | {str(NUMBER_WORDS[word.lower()]) for word in words if word.lower() in NUMBER_WORDS}


def figures_said(statement: str, sources: str) -> set[str]:
    """The numbers that a statement claims, in digits or words ("one" is mostly none); ambiguous ones as `sources` do.

    1,234 is read by the statement's own language or by that of the sources, whichever puts more in them.
    """
    known = figures(sources)
    readings = (figures(statement), figures(statement, decimal_sign(sources)))
    return min(readings, key=lambda reading: len(reading - known)) | worded_figures(statement) - {"1"}


def known_figures(sources: str, decimal: str = "") -> set[str]:
    """The numbers that may be drawn from sources."""
    return figures(sources, decimal) | worded_figures(sources)


def stems(text: str) -> set[str]:
    """The beginnings of the text's longer words."""
    return {word[:_STEM] for word in _WORD.findall(one_line(text).lower())}


class Grounds(Generic[Key]):
    """Sentences of documents on which statements may rest."""

    def __init__(self, texts: Mapping[Key, str], language: str = "English") -> None:
        """`language`: which statements are to be written in."""
        self._language = language
        self._texts = texts
        self._all = "\n".join(self._texts.values())
        sign = decimal_sign(self._all)
        self._tokens = {span: stems(text) | known_figures(text, sign) for span, text in self._texts.items()}

    def behind(self, statement: str, named: Sequence[Key] = ()) -> tuple[Key, ...]:
        """The sentences that a statement rests on, of equal ones those that the model named; none where it invents.

        All its figures must stand in them, with the same things. So must a good part of its words, and none of them may
        be denied, unless it is in another language: whether they were compared tells `holds_words`.
        """
        said = figures_said(statement, self._all)
        own = self._own(statement, said)
        if not own:  # "Yes.", "No, it is not."
            return ()
        chosen = self._cover(own, named, self._texts)
        if self._hold(own, said, chosen):
            if self._agree(statement, said, chosen):
                return chosen
            alike = [key for key, text in self._texts.items() if denies(text) == denies(statement)]
            chosen = self._cover(own, named, alike)
            return chosen if self._hold(own, said, chosen) and self._agree(statement, said, chosen) else ()
        if named and self._is_foreign(statement, named):
            spans = tuple(dict.fromkeys((*named[:_MOST], *chosen)))[:_MOST]
            return spans if said <= self._tokens_of(spans) else ()
        return ()

    def holds_words(self, statement: str, keys: Sequence[Key]) -> bool:
        """Whether these sentences hold a good part of a statement's words; in another language they do not."""
        return self._share(self._own(statement, figures_said(statement, self._all)), keys) >= _ENOUGH

    def _own(self, statement: str, said: set[str]) -> set[str]:
        """The words and figures of a statement that can be looked for."""
        return (stems(statement) | (said - worded_figures(statement))) or said  # a number in words counts as the word

    def _hold(self, own: set[str], said: set[str], keys: Sequence[Key]) -> bool:
        return said <= self._tokens_of(keys) and self._share(own, keys) >= _ENOUGH

    def _tokens_of(self, keys: Iterable[Key]) -> set[str]:
        return set().union(*(self._tokens[key] for key in keys))

    def _share(self, own: set[str], keys: Iterable[Key]) -> float:
        return len(own & self._tokens_of(keys)) / len(own) if own else 0.0

    def _agree(self, statement: str, said: set[str], keys: Sequence[Key]) -> bool:
        """Whether the sentences say the same as a statement in their words: not the opposite, nor of other figures."""
        texts = [self._texts[key] for key in keys]
        if is_opposite(statement, texts, stems):
            return False
        sign = decimal_sign(self._all)
        written = [
            stems(each) | (said & (known_figures(each) | known_figures(each, sign))) for each in clauses(statement)
        ]
        sources = [stems(each) | known_figures(each, sign) for text in texts for each in clauses(text)]
        return not are_mixed_up(said, written, sources)

    def text(self, key: Key) -> str:
        """One of the sentences."""
        return self._texts[key]

    def invents(self, statement: str) -> bool:
        """Whether a statement says next to nothing, or has a figure that stands in none of the sentences."""
        said = figures_said(statement, self._all)
        return count_words(statement) < FEWEST_WORDS or not said <= known_figures(self._all)

    def _cover(self, own: set[str], named: Sequence[Key], keys: Collection[Key]) -> tuple[Key, ...]:
        """The fewest of the sentences that hold most of these words and figures."""
        chosen: list[Key] = []
        missing = set(own)
        while missing and len(chosen) < _MOST:
            best = max(keys, key=lambda span: len(missing & self._tokens[span]) + 0.5 * (span in named), default=None)
            gain = 0 if best is None else len(missing & self._tokens[best])
            if best is None or gain == 0 or (chosen and gain / len(own) < _GAIN and not _has_figure(missing)):
                break
            chosen.append(best)
            missing -= self._tokens[best]
        return tuple(chosen)

    def _is_foreign(self, statement: str, named: Sequence[Key]) -> bool:
        """Whether a statement is in another language than its sentences, so that their words can't be compared."""
        source = language_of("\n".join(self._texts[span] for span in named)) or language_of(self._all)
        said = language_of(statement) or ("" if is_told(self._language) else self._language)
        return bool(said and source) and said != source


class Wording:
    """What a text says as far as words and figures show it, for many comparisons."""

    def __init__(self, text: str) -> None:
        self.stems = stems(text)
        self.figures = known_figures(text)
        self.denies = denies(text)

    def alike(self, other: "Wording") -> float:
        """The share of their words that both texts have, from 0 to 1."""
        union = self.stems | other.stems
        return len(self.stems & other.stems) / len(union) if union else 0.0

    def has_other_figures(self, other: "Wording") -> bool:
        """Whether each of them has a figure that the other one lacks."""
        return not (self.figures <= other.figures or other.figures <= self.figures)

    def is_nearly(self, other: "Wording") -> bool:
        """Whether both say the same in nearly the same words."""
        differs = self.denies != other.denies or self.has_other_figures(other)
        return not differs and self.alike(other) >= _NEARLY


def nearly_same(one: str, other: str) -> bool:
    """Whether two texts say the same in nearly the same words."""
    return Wording(one).is_nearly(Wording(other))


def _values(written: str, sign: str) -> list[str]:
    """A number as plain digits; of what is none (a date, a version) the parts."""
    value = parse_number(written, sign)
    if value is None:
        return [part.lstrip("0") or "0" for part in re.findall(r"\d+", written)]
    return [str(int(value) if value == int(value) else value)]


def _has_figure(tokens: Iterable[str]) -> bool:
    return any(token[0].isdigit() for token in tokens)
