"""The summary or the answer, written from the notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.combining import Combined, Combiner
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import typical
from desktop.agents.documents.points import Point, distinct

WRITE_STEP: Final = "write"
DEFAULT_POINTS: Final = 6
"""Points of a summary for which the goal asks no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What the result says. For an answer, the points are the notes that it rests on."""

    text: str  # the overview or the answer; may be empty for a summary in points
    points: tuple[Point, ...]
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
            return Writing(text="", points=(), usable=False)
        wanted = min(self.assignment.count or DEFAULT_POINTS, len(notes))
        prompt = prompts.summary_prompt(self.assignment, [note.text for note in notes], wanted)
        decoded = prompts.decode_answer(await self.combiner.run.ask(prompt))
        written = distinct(self.combiner.merged(notes, entry) for entry in prompts.objects(decoded.get("points")))
        written = [point for point in written if point.spans]
        points = _filled_up(written, notes, wanted)
        return Writing(
            text=_text_of(decoded.get("overview")),
            points=points,
            others=_unused(notes, points),
            usable=bool(written),
        )

    async def _answer(self, notes: Sequence[Point]) -> Writing:
        if not notes:
            return Writing(text="", points=(), answered=False)
        prompt = prompts.answer_prompt(self.assignment, [note.text for note in notes])
        decoded = prompts.decode_answer(await self.combiner.run.ask(prompt))
        text = _text_of(decoded.get("answer"))
        chosen = prompts.whole_numbers(decoded.get("notes"), len(notes))
        points = tuple(notes[number - 1] for number in chosen) or tuple(notes[:3])
        answered = bool(text) and decoded.get("answered") is not False
        return Writing(
            text=text, points=points, others=_unused(notes, points), answered=answered or not text, usable=bool(text)
        )


def _filled_up(points: Sequence[Point], notes: Sequence[Point], wanted: int) -> tuple[Point, ...]:
    """The points, and where the model gave fewer different ones than wanted, the most typical of the other notes."""
    others = _unused(notes, points)
    missing = max(0, wanted - len(points))
    chosen = typical([note.text for note in others], missing) if missing else []
    return (*points[:wanted], *(others[place] for place in chosen))


def _unused(notes: Sequence[Point], points: Sequence[Point]) -> tuple[Point, ...]:
    used = {span for point in points for span in point.spans}
    return tuple(note for note in notes if not used.intersection(note.spans))


def _text_of(value: object) -> str:
    """A decoded text; one that was cut off ends with its last whole sentence."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) > prompts.POINT_CHARACTERS and not text.endswith((".", "!", "?", "\u201c", "\u201d", '"')):
        end = max(text.rfind(sign) for sign in (". ", "! ", "? "))
        text = text[: end + 1] if end > 0 else f"{text} …"
    return text
