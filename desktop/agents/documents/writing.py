"""The summary or the answer, written from the notes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.combining import Combined, Combiner, all_spans
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import typical
from desktop.agents.documents.points import Point, distinct, quoted, shares_words
from desktop.engine import Prompt, PromptTooLong

WRITE_STEP: Final = "write"
DEFAULT_POINTS: Final = 6
"""Points of a summary for which the goal asks no number."""

_CLOSEST_SHOWN: Final = 3  # notes that stand for an answer that names none
_NO_ANSWERS: Final = frozenset({"", "true", "false", "yes or no", "answer", "x"})


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
        decoded = await self._ask(notes, lambda shown: prompts.summary_prompt(self.assignment, shown, wanted))
        written = distinct(self.combiner.merged(notes, entry) for entry in prompts.objects(decoded.get("points")))
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
        decoded = await self._ask(notes, lambda shown: prompts.answer_prompt(self.assignment, shown))
        chosen = prompts.whole_numbers(decoded.get("notes"), len(notes))
        points = tuple(notes[number - 1] for number in chosen) or tuple(notes[:_CLOSEST_SHOWN])
        others = _unused(notes, points)
        text = _text_of(decoded.get("answer"))
        if decoded.get("answered") is False:
            return Writing(text=text, points=points, others=others, answered=False)
        if not self._holds(text, notes):
            return Writing(text="", points=points, others=others, usable=False)
        return Writing(text=text, points=points, others=others)

    def _holds(self, text: str, notes: Sequence[Point]) -> bool:
        """Whether an answer can come from the notes at all: not empty, not a bare truth value, and in their words."""
        quotes = "\n".join(quoted(self.combiner.corpus, span) for span in all_spans(notes))
        return text.lower().strip(". ") not in _NO_ANSWERS and shares_words(text, quotes)

    async def _ask(self, notes: Sequence[Point], prompt_for: Callable[[list[str]], Prompt]) -> dict[str, Any]:
        """The decoded answer on as many of the notes as fit; the others count as not used."""
        shown = [self.combiner.shown(note) for note in notes]
        while True:
            try:
                return prompts.decode_answer(await self.combiner.run.ask(prompt_for(shown)))
            except PromptTooLong:
                if len(shown) == 1:
                    raise
                shown = shown[: len(shown) // 2]


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
