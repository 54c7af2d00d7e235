"""The sentences closest to a question by their words, over all documents: no model can pass them over."""

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Final

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.points import Point, Span
from desktop.agents.evidence.question_words import word_stems
from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import sentence_alone

CLOSEST_STEP: Final = "closest"
CLOSEST: Final = 4
"""Sentences that are taken along, at most."""

_FEWEST_WORDS: Final = 4  # of a sentence: fewer are a heading


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosestFinder:
    """Looks for a question's words in all sentences; rare words count for more."""

    corpus: Corpus

    async def find(self, question: str) -> list[Point]:
        """The closest sentences, the closest first; none where no word of the question occurs."""
        return await asyncio.to_thread(self._find, question)

    def _find(self, question: str) -> list[Point]:
        wanted = word_stems(question)
        hits = list(self._hits(wanted))
        occurrences = Counter(stem for _, stems in hits for stem in stems)
        weight = {stem: log(1 + (len(hits) + 1) / count) for stem, count in occurrences.items()}
        best = heapq.nsmallest(
            CLOSEST, enumerate(hits), key=lambda each: (-sum(weight[stem] for stem in each[1][1]), each[0])
        )
        return [self._point(span) for _, (span, _) in best]

    def _hits(self, wanted: list[str]) -> Iterator[tuple[Span, list[str]]]:
        for passage in self.corpus.passages:
            text = passage.text.lower()
            if len(text) != len(passage.text):  # some letters have a longer small form
                text = passage.text
            present = [stem for stem in wanted if stem in text]
            if not present:
                continue
            for start, end in sentence_spans(passage.text):
                found = [stem for stem in present if text.find(stem, start, end) >= 0]
                if found and len(passage.text[start:end].split()) >= _FEWEST_WORDS:
                    yield (
                        Span(document=passage.document, start=passage.start + start, end=passage.start + end),
                        found,
                    )

    def _point(self, span: Span) -> Point:
        passage = self.corpus.passage_at(span.document, span.start)
        text = passage.text[span.start - passage.start : span.end - passage.start]
        return Point(text=sentence_alone(text), spans=(span,), verbatim=True)
