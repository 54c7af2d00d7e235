"""Finding the passages to read: several searches in different words, and what stands around what they find."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.evidence.language import SMALL_WORDS
from desktop.agents.research.assignment import Assignment
from desktop.agents.research.questions import Subquestion
from desktop.agents.research.terms import Terms, weighed
from desktop.engine import Passage, Run, Source

SEARCH_STEP: Final = "search"

_FOUND: Final = 20  # passages of one search, at least
_RANK: Final = 10  # how slowly what is found counts for less (reciprocal rank fusion)
_BEST: Final = 5  # passages whose words and neighbours are looked at
_BESIDE: Final = 0.6  # what a neighbour counts, against the passage that was found
_EXPANSIONS: Final = 8
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage with what speaks for reading it."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found for one question, the best first."""

    terms: Terms
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A passage to read, and which of the questions (0 for the first) it may answer."""

    passage: Passage
    questions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searcher:
    """Searches a run's material; `sources` are by their names."""

    run: Run
    assignment: Assignment
    sources: Mapping[str, Source]

    async def search_all(self, questions: Sequence[Subquestion]) -> list[Search]:
        """The best passages for each question."""
        return await self.run.map(SEARCH_STEP, questions, self._search, width=2)

    async def _search(self, question: Subquestion) -> Search:
        sources = tuple(self.sources.values())
        terms = await weighed(question.text, self.run.passages, sources)
        scores, most = _Scores(), max(_FOUND, self.assignment.effort.passages)
        queries = [question.text, f"{question.text} {question.words}", f"{self.assignment.goal} {question.words}"]
        for query in dict.fromkeys(queries):
            scores.add(await self.run.passages.find(query, sources, most))
        more = _words_of_the_best(question.text, [ranked.passage for ranked in scores.best(_BEST)])
        if more:
            scores.add(await self.run.passages.find(f"{question.text} {more}", sources, most))
        for ranked in scores.best(_BEST):
            passage = ranked.passage
            around = await self.run.passages.around(
                self.sources[passage.document], passage.number - 1, passage.number + 1
            )
            scores.beside(ranked, around)
        return Search(terms=terms, ranked=tuple(scores.best(self.assignment.effort.passages)))


class _Scores:
    """Passages and what speaks for each."""

    def __init__(self) -> None:
        self._passages: dict[tuple[str, int], Passage] = {}
        self._scores: defaultdict[tuple[str, int], float] = defaultdict(float)

    def add(self, found: Iterable[Passage]) -> None:
        for rank, passage in enumerate(found):
            self._passages[passage.document, passage.number] = passage
            self._scores[passage.document, passage.number] += 1 / (_RANK + rank)

    def beside(self, ranked: Ranked, around: Iterable[Passage]) -> None:
        for passage in around:
            key = passage.document, passage.number
            if key != (ranked.passage.document, ranked.passage.number):
                self._passages[key] = passage
                self._scores[key] += ranked.score * _BESIDE / (1 if passage.heading == ranked.passage.heading else 2)

    def best(self, count: int) -> list[Ranked]:
        ordered = sorted(self._scores, key=lambda key: (-self._scores[key], key))
        return [Ranked(passage=self._passages[key], score=self._scores[key]) for key in ordered[:count]]


def excerpts_of(searches: Sequence[Search], most: int) -> list[Excerpt]:
    """The passages to look through: the best of each question in turn, each once, until there are `most`."""
    chosen: dict[tuple[str, int], tuple[Passage, list[int]]] = {}
    for place in range(most):
        for number, search in enumerate(searches):
            if place < len(search.ranked):
                passage = search.ranked[place].passage
                key = passage.document, passage.number
                if key in chosen or len(chosen) < most:
                    chosen.setdefault(key, (passage, []))[1].append(number)
    return [Excerpt(passage=passage, questions=tuple(numbers)) for passage, numbers in chosen.values()]


def _words_of_the_best(question: str, passages: Sequence[Passage]) -> str:
    """Words that several of the best passages share and the question does not have."""
    counts = Counter(
        word
        for passage in passages
        for word in {word.lower() for word in _WORD.findall(passage.text)}
        if word not in SMALL_WORDS and word not in question.lower()
    )
    return " ".join(word for word, count in counts.most_common(_EXPANSIONS) if count > len(passages) / 2)
