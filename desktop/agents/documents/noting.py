"""Notes on each passage: the model points at sentences by their numbers and says what they say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.corpus import Corpus, Cut, Passage
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.notes_draft import NotesDraft
from desktop.agents.documents.points import Point, Span, distinct, grounded_point, grounds_of
from desktop.agents.evidence.asking import decode_answer, objects, whole_numbers
from desktop.agents.evidence.grounding import stems
from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import STOPS, count_words, is_statement, one_line, sentence_alone
from desktop.engine import PromptTooLong, Run

NOTE_STEP: Final = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageNotes:
    """What was noted about one passage."""

    document: str
    number: int
    points: tuple[Point, ...]
    usable: bool = True  # False: the model said nothing that rests on the passage


@dataclass(slots=True, kw_only=True)
class NoteTaker:
    """Takes notes on the passages of a corpus."""

    run: Run
    corpus: Corpus
    assignment: Assignment
    count: int  # points on one passage, at most
    least: int = 0  # … and at least, for a summary

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
        draft = NotesDraft(run=self.run, corpus=self.corpus)
        return await self.run.map(NOTE_STEP, cuts, self.take_note, on_result=lambda notes: draft.add(notes.points))

    async def take_note(self, cut: Cut) -> PassageNotes:
        """Notes on one passage."""
        passage = self.corpus.passage_at(cut.document, cut.start)
        spans = different_sentences(passage.text)
        points = distinct(await self._ask(passage, spans)) if spans else []
        usable = not spans or any(not point.verbatim for point in points)
        points += self._missing(passage, spans, points)
        return PassageNotes(document=cut.document, number=cut.number, points=tuple(points), usable=usable)

    async def _ask(self, passage: Passage, spans: Sequence[tuple[int, int]]) -> list[Point]:
        sentences = [one_line(passage.text[start:end]) for start, end in spans]
        prompt = prompts.note_prompt(self.assignment, sentences, self._where(passage, spans[0][0]), self.count)
        try:
            answer = await self.run.ask(prompt)
        except PromptTooLong:
            if len(spans) == 1:
                raise
            half = len(spans) // 2
            return await self._ask(passage, spans[:half]) + await self._ask(passage, spans[half:])
        return self._points(passage, spans, decode_answer(answer).get("points"))

    def _points(self, passage: Passage, spans: Sequence[tuple[int, int]], decoded: Any) -> list[Point]:
        """The points of an answer. Where a heading was chosen and nothing said about it, there is none."""
        sentences = [_span(passage, span) for span in spans]
        grounds = grounds_of(self.corpus, sentences, self.assignment.language)
        points: list[Point] = []
        for entry in objects(decoded):
            for number in whole_numbers(entry.get("sentence"), len(spans)):
                point = grounded_point(grounds, prompts.sentence_of(entry.get("point")), [sentences[number - 1]])
                if not point.verbatim or is_statement(point.text):
                    points.append(point)
        return points

    def _missing(self, passage: Passage, spans: Sequence[tuple[int, int]], points: Sequence[Point]) -> list[Point]:
        """Sentences in their own words, where a summary needs more than the model noted: the most typical ones."""
        missing = self.least - len(points)
        if self.assignment.mode is not Mode.SUMMARISE or missing <= 0:
            return []
        noted = {span for point in points for span in point.spans}
        free = [span for span in spans if _span(passage, span) not in noted]
        texts = [sentence_alone(passage.text[start:end]) for start, end in free]
        stated = [place for place, text in enumerate(texts) if is_statement(text)]
        stated = [place for place in stated if texts[place].endswith(STOPS)] or stated
        stated = stated or [place for place, text in enumerate(texts) if count_words(text)]
        chosen = typical([texts[place] for place in stated], missing)
        return [
            Point(text=texts[stated[place]], spans=(_span(passage, free[stated[place]]),), verbatim=True)
            for place in chosen
        ]

    def _where(self, passage: Passage, offset: int) -> str:
        place = str(self.corpus.place_of(passage.document, passage.start + offset))
        return f"{passage.document}, {place}" if place else passage.document


def typical(sentences: Sequence[str], count: int) -> list[int]:
    """Places of the sentences whose words occur most often in all of them (Luhn's method), in order."""
    words = [stems(sentence) for sentence in sentences]
    weights = Counter(word for each in words for word in each)
    scores = [sum(weights[word] for word in each) / max(6, len(each)) for each in words]
    best = sorted(range(len(sentences)), key=lambda place: (-scores[place], place))
    return sorted(best[:count])


def different_sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand; of those that are repeated word for word, the first."""
    first: dict[str, tuple[int, int]] = {}
    for start, end in sentence_spans(text):
        first.setdefault(one_line(text[start:end]), (start, end))
    return list(first.values())


def _span(passage: Passage, span: tuple[int, int]) -> Span:
    return Span(document=passage.document, start=passage.start + span[0], end=passage.start + span[1])
