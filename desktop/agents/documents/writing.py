"""The summary or the answer, written from the notes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import MOST_POINTS, Assignment
from desktop.agents.documents.combining import Combined, Combiner, different, filled_up, merged, unused
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import different_sentences
from desktop.agents.documents.points import Point, Span, all_spans, grounds_of
from desktop.agents.evidence.asking import decode_answer, objects, whole_numbers
from desktop.agents.evidence.grounding import Grounds, nearly_same
from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import is_statement
from desktop.engine import Prompt, PromptTooLong

WRITE_STEP: Final = "write"
DEFAULT_POINTS: Final = 6
"""Points of a summary for which the goal asks no number."""

NOT_IN_WORDS: Final = "the model could not put an answer into words"
_CLOSEST_SHOWN: Final = 3  # notes shown where there is no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What the result says."""

    statements: tuple[Point, ...]  # the overview's or the answer's sentences; those of an answer may lack a source
    points: tuple[Point, ...] = ()  # of a summary; for a question without an answer, the sentences closest to it
    others: tuple[Point, ...] = ()  # notes that the model did not use
    answered: bool = True
    usable: bool = True  # False: the model's answer could not be used, and the notes stand for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the result from notes that fit one prompt."""

    combiner: Combiner
    assignment: Assignment

    async def write(self, notes: Combined) -> Writing:
        """The summary or the answer."""
        if self.assignment.mode is Mode.ANSWER:
            return await self._answer(notes.points)
        return await self._summarise(notes.points)

    async def _summarise(self, notes: Sequence[Point]) -> Writing:
        if not notes:
            return Writing(statements=(), usable=False)
        wanted = min(self.assignment.count or DEFAULT_POINTS, len(notes))
        decoded = await self._ask(notes, lambda shown: prompts.summary_prompt(self.assignment, shown, wanted))
        grounds = grounds_of(self.combiner.corpus, all_spans(notes), self.assignment.language)
        overview = () if self.assignment.count else self._overview(grounds, decoded)
        written = different(merged(grounds, notes, entry) for entry in objects(decoded.get("points")))
        fresh = [point for point in written if not any(_repeats(point, said) for said in overview)]
        if not self.assignment.count:  # a summary is no longer than what it sums up
            wanted = min(wanted, max(0, self._sentences_read() - len(overview)))
        points = filled_up(fresh, notes, wanted, overview)
        return Writing(
            statements=overview, points=points, others=unused(notes, (*overview, *points)), usable=bool(written)
        )

    async def _answer(self, notes: Sequence[Point]) -> Writing:
        if not notes:
            return Writing(statements=(), answered=False)
        decoded = await self._ask(notes, lambda shown: prompts.answer_prompt(self.assignment, shown))
        named = [notes[number - 1] for number in whole_numbers(decoded.get("notes"), len(notes))]
        grounds = grounds_of(self.combiner.corpus, all_spans(notes), self.assignment.language)
        statements = [
            Point(text=sentence, spans=grounds.behind(sentence, all_spans(named)))
            for sentence in _sentences(_text_of(decoded.get("answer")))
        ]
        answered = decoded.get("answered") is not False
        usable = any(statement.spans or not grounds.invents(statement.text) for statement in statements)
        if not answered or not usable:
            closest = tuple(notes[:_CLOSEST_SHOWN])
            others = unused(notes, closest)
            return Writing(statements=(), points=closest, others=others, answered=False, usable=not answered or usable)
        return Writing(statements=tuple(statements), others=unused(notes, statements))

    def _overview(self, grounds: Grounds[Span], decoded: dict[str, Any]) -> tuple[Point, ...]:
        """The sentences of the overview that rest on the notes; those that repeat the task or themselves do not."""
        sentences = _sentences(_text_of(decoded.get("overview")))
        points = (Point(text=sentence, spans=grounds.behind(sentence)) for sentence in sentences)
        goal = self.assignment.goal
        return tuple(
            different(
                point
                for point in points
                if point.spans and is_statement(point.text) and not nearly_same(point.text, goal)
            )
        )

    def _sentences_read(self) -> int:
        """How many different sentences the documents have; of long ones, only as many as matter here."""
        return sum(len(different_sentences(passage.text)) for passage in self.combiner.corpus.passages[:MOST_POINTS])

    async def _ask(self, notes: Sequence[Point], prompt_for: Callable[[list[str]], Prompt]) -> dict[str, Any]:
        """The decoded answer on as many of the notes as fit; the others count as not used."""
        shown = [self.combiner.shown(note) for note in notes]
        while True:
            try:
                return decode_answer(await self.combiner.run.ask(prompt_for(shown)))
            except PromptTooLong:
                if len(shown) == 1:
                    raise
                shown = shown[: len(shown) // 2]


def _repeats(point: Point, said: Point) -> bool:
    return nearly_same(point.text, said.text) or set(point.spans) == set(said.spans)


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _text_of(value: object) -> str:
    """A decoded text; one that was cut off ends with its last whole sentence."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) > prompts.POINT_CHARACTERS and not text.endswith((".", "!", "?", "\u201c", "\u201d", '"')):
        end = max(text.rfind(sign) for sign in (". ", "! ", "? "))
        text = text[: end + 1] if end > 0 else f"{text} …"
    return text
