"""Notes on each passage: the model points at sentences by their numbers and says what they say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.corpus import Corpus, Cut, Passage
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.points import Point, Span, backed, distinct, one_line, stems
from desktop.agents.documents.sentences import sentence_spans
from desktop.engine import PromptTooLong, Run

NOTE_STEP: Final = "note"
_FALLBACK_POINTS: Final = 2
_CLOSE: Final = 0.6
"""Share of a question's words from which on a sentence is taken along even where the model passed it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageNotes:
    """What was noted about one passage."""

    document: str
    number: int
    points: tuple[Point, ...]
    usable: bool = True  # False: the model's answer could not be used, and sentences were taken by their words


@dataclass(slots=True, kw_only=True)
class NoteTaker:
    """Takes notes on the passages of a corpus."""

    run: Run
    corpus: Corpus
    assignment: Assignment
    count: int  # points on one passage, at most
    _drafted: dict[tuple[str, int], PassageNotes] = field(default_factory=dict)

    async def take_all(self) -> list[PassageNotes]:
        """Notes on every passage, in reading order."""
        cuts = [
            Cut(
                document=passage.document,
                number=passage.number,
                start=passage.start,
                end=passage.end,
                tokens=passage.tokens,
            )
            for passage in self.corpus.passages
        ]
        return await self.run.map(NOTE_STEP, cuts, self.take_note)

    async def take_note(self, cut: Cut) -> PassageNotes:
        """Notes on one passage."""
        passage = self.corpus.passage_at(cut.document, cut.start)
        spans = sentence_spans(passage.text)
        points, usable = await self._ask(passage, spans) if spans else ([], True)
        points += self._passed_over(passage, spans, points)
        notes = PassageNotes(
            document=cut.document, number=cut.number, points=tuple(distinct(points)), usable=usable or not spans
        )
        await self._show(notes)
        return notes

    async def _ask(self, passage: Passage, spans: Sequence[tuple[int, int]]) -> tuple[list[Point], bool]:
        sentences = [one_line(passage.text[start:end]) for start, end in spans]
        prompt = prompts.note_prompt(self.assignment, sentences, self._where(passage, spans[0][0]), self.count)
        try:
            answer = await self.run.ask(prompt)
        except PromptTooLong:
            if len(spans) == 1:
                raise
            half = len(spans) // 2
            first, first_usable = await self._ask(passage, spans[:half])
            second, second_usable = await self._ask(passage, spans[half:])
            return first + second, first_usable and second_usable
        decoded = prompts.decode_answer(answer).get("points")
        points = self._points(passage, spans, decoded)
        if points or (isinstance(decoded, list) and not decoded and self.assignment.mode is Mode.ANSWER):
            return points, True
        return self._fallback(passage, spans, sentences), False

    def _points(self, passage: Passage, spans: Sequence[tuple[int, int]], decoded: Any) -> list[Point]:
        points: list[Point] = []
        for entry in prompts.objects(decoded):
            for number in prompts.whole_numbers(entry.get("sentence"), len(spans)):
                text = prompts.sentence_of(entry.get("point"))
                points.append(backed(self.corpus, text, (_span(passage, spans[number - 1]),)))
        return distinct(points)

    def _fallback(self, passage: Passage, spans: Sequence[tuple[int, int]], sentences: Sequence[str]) -> list[Point]:
        """For a summary the passage's most typical sentences, for a question those that share its words."""
        if self.assignment.mode is Mode.ANSWER:
            wanted = stems(self.assignment.goal)
            chosen = [place for place, sentence in enumerate(sentences) if len(wanted & stems(sentence)) >= 2]
        else:
            chosen = typical(sentences, _FALLBACK_POINTS)
        return [
            Point(text=sentences[place], spans=(_span(passage, spans[place]),), verbatim=True)
            for place in chosen[: self.count]
        ]

    def _passed_over(self, passage: Passage, spans: Sequence[tuple[int, int]], points: Sequence[Point]) -> list[Point]:
        """The sentence that holds most of a question's words, unless it is among the points."""
        wanted = stems(self.assignment.goal)
        if self.assignment.mode is not Mode.ANSWER or len(wanted) < 2:
            return []
        shares = [len(wanted & stems(passage.text[start:end])) / len(wanted) for start, end in spans]
        best = max(range(len(spans)), key=shares.__getitem__, default=None)
        if best is None or shares[best] < _CLOSE:
            return []
        span = _span(passage, spans[best])
        if any(span in point.spans for point in points):
            return []
        return [Point(text=one_line(passage.text[slice(*spans[best])]), spans=(span,), verbatim=True)]

    def _where(self, passage: Passage, offset: int) -> str:
        place = str(self.corpus.place_of(passage.document, passage.start + offset))
        return f"{passage.document}, {place}" if place else passage.document

    async def _show(self, notes: PassageNotes) -> None:
        self._drafted[notes.document, notes.number] = notes
        order = [(passage.document, passage.number) for passage in self.corpus.passages]
        ready = [self._drafted[key] for key in order if key in self._drafted]
        lines = [f"Notes so far, on {len(ready):,} of {len(order):,} passages:", ""]
        points = [point for each in ready for point in each.points]
        lines += [f"- {point.text}" for point in points[-_DRAFTED_POINTS:]]
        await self.run.show_draft("\n".join(lines))


_DRAFTED_POINTS: Final = 60


def typical(sentences: Sequence[str], count: int) -> list[int]:
    """Places of the sentences whose words occur most often in all of them (Luhn's method), in order."""
    words = [stems(sentence) for sentence in sentences]
    weights = Counter(word for each in words for word in each)
    scores = [sum(weights[word] for word in each) / max(6, len(each)) for each in words]
    best = sorted(range(len(sentences)), key=lambda place: (-scores[place], place))
    return sorted(best[:count])


def _span(passage: Passage, span: tuple[int, int]) -> Span:
    return Span(document=passage.document, start=passage.start + span[0], end=passage.start + span[1])
