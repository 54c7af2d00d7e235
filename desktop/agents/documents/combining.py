"""Bringing many notes down to as many as fit one prompt, level by level, and counting what is left out on the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from math import ceil
from typing import Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import typical
from desktop.agents.documents.points import Point, Span, all_spans, distinct, grounded_point, grounds_of, quoted
from desktop.agents.evidence.asking import decode_answer, objects, whole_numbers
from desktop.agents.evidence.fencing import fence
from desktop.agents.evidence.grounding import Grounds, nearly_same
from desktop.agents.evidence.markdown import plain
from desktop.agents.evidence.statements import one_line
from desktop.engine import Run

BATCH: Final = 20
"""Notes in one prompt, at most: small models lose sight of more."""

SHRINK: Final = 3
"""So many notes become one."""

_SHOWN_CHARACTERS: Final = 400
_NUMBER_TOKENS: Final = 6  # "[12] " and the line end


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """What a batch of notes was brought down to."""

    points: tuple[Point, ...]
    left_out: int = 0  # notes that none of the points mentions
    usable: bool = True  # False: the model's answer could not be used, and notes were kept as they were

    def led_by(self, points: Sequence[Point]) -> "Combined":
        """The same with `points` first, in place of those that rest on nothing but their sentences."""
        spans = set(all_spans(points))
        others = tuple(point for point in self.points if not spans.issuperset(point.spans))
        return replace(self, points=(*points, *others))


@dataclass(frozen=True, slots=True, kw_only=True)
class Combiner:
    """Combines notes until they fit one prompt."""

    run: Run
    corpus: Corpus
    assignment: Assignment
    room: int  # tokens of notes that fit a prompt

    async def combine(self, notes: Sequence[Point]) -> Combined:
        """At most `BATCH` notes that fit one prompt."""
        points = distinct(notes)
        left_out, usable = 0, True
        for level in count(1):
            batches = await self._batches(points)
            if len(batches) <= 1:
                return Combined(points=tuple(points), left_out=left_out, usable=usable)
            least = share_of(self.assignment.count, len(points), len(batches))
            done = await self.run.map(f"combine {level}", batches, partial(self.combine_batch, least))
            left_out += sum(each.left_out for each in done)
            usable = usable and all(each.usable for each in done)
            points = distinct(point for each in done for point in each.points)
            await self.run.show_draft("\n".join([self._so_far(), "", *(f"- {plain(point.text)}" for point in points)]))
        raise AssertionError

    def _so_far(self) -> str:
        return f"Main points so far, of all {len(self.corpus.passages):,} passages:"

    def shown(self, point: Point) -> str:
        """What the model sees of a note: for an answer the document's own words, which lose nothing."""
        if self.assignment.mode is Mode.ANSWER and len(point.spans) == 1:
            return one_line(quoted(self.corpus, point.spans[0]))[:_SHOWN_CHARACTERS]
        return point.text

    async def combine_batch(self, least: int, batch: tuple[Point, ...]) -> Combined:
        """One batch as a third as many points, or as `least`."""
        most = fewer(len(batch), least)
        answer = await self.run.ask(
            prompts.combine_prompt(self.assignment, [self.shown(point) for point in batch], most)
        )
        grounds = grounds_of(self.corpus, all_spans(batch), self.assignment.language)
        entries = objects(decode_answer(answer).get("points"))
        points = distinct(merged(grounds, batch, entry) for entry in entries)
        if not points:
            kept = batch[:: ceil(len(batch) / most)][:most]
            return Combined(points=kept, left_out=len(batch) - len(kept), usable=False)
        kept = filled_up(points, batch, min(most, max(len(points), least)))
        return Combined(points=kept, left_out=len(unused(batch, kept)))

    async def _batches(self, points: Sequence[Point]) -> list[tuple[Point, ...]]:
        """The points in batches that fit a prompt, about equally full, in order."""
        costs = [cost + _NUMBER_TOKENS for cost in await self._costs(points)]
        full = max(1, len(points))
        for parts in range(max(1, ceil(full / BATCH)), full + 1):
            size = ceil(full / parts)
            starts = range(0, full, size)
            if all(sum(costs[start : start + size]) <= self.room for start in starts) or size <= 2:
                return [tuple(points[start : start + size]) for start in starts]
        return [tuple(points)]

    async def _costs(self, points: Sequence[Point]) -> list[int]:
        """Tokens of each point's text."""
        lines = [f"{fence(self.shown(point))}\n" for point in points]
        text = "".join(lines)
        ends = await self.run.token_ends(text) if text else ()
        costs, done, at = [], 0, 0
        for line in lines:
            done += len(line)
            before = at
            while at < len(ends) and ends[at] <= done:
                at += 1
            costs.append(at - before + 1)
        return costs


def merged(grounds: Grounds[Span], notes: Sequence[Point], entry: dict[str, object]) -> Point:
    """The point that an entry of the answer makes of the notes it names; an empty one where it names none."""
    chosen = [notes[number - 1] for number in whole_numbers(entry.get("notes"), len(notes))]
    if not chosen:
        return Point(text="", spans=())
    point = grounded_point(grounds, prompts.sentence_of(entry.get("point")), all_spans(chosen))
    return chosen[0] if point.verbatim else point


def filled_up(
    points: Sequence[Point], notes: Sequence[Point], wanted: int, overview: Sequence[Point] = ()
) -> tuple[Point, ...]:
    """The points, and where the model gave fewer different ones than wanted, the most typical of the other notes.

    None of them repeats the `overview`.
    """
    said = [*overview, *points]
    others = [note for note in unused(notes, said) if not any(nearly_same(note.text, point.text) for point in said)]
    others = different(others)
    missing = max(0, wanted - len(points))
    chosen = typical([note.text for note in others], missing) if missing else []
    return (*points[:wanted], *(others[place] for place in chosen))


def unused(notes: Sequence[Point], points: Sequence[Point]) -> tuple[Point, ...]:
    """The notes on whose sentences none of the points rests."""
    used = {span for point in points for span in point.spans}
    return tuple(note for note in notes if not used.intersection(note.spans))


def different(points: Iterable[Point]) -> list[Point]:
    """The points without those that say nearly the same as one before."""
    kept: list[Point] = []
    for point in distinct(points):
        if not any(nearly_same(point.text, other.text) for other in kept):
            kept.append(point)
    return kept


def fewer(notes: int, least: int = 0) -> int:
    """How many points so many notes become; `least` of them are to be kept."""
    return min(notes, max(1, ceil(notes / SHRINK), least))


def share_of(count: int | None, notes: int, batches: int) -> int:
    """Points that each batch must keep of a summary that has `count`; 0 where the notes would not become fewer."""
    share = ceil((count or 0) / batches)
    return share if share * batches < notes else 0


def levels(notes: int, count: int | None = None) -> list[int]:
    """Batches on each level that so many notes are expected to need, for a summary of `count` points."""
    batches: list[int] = []
    while notes > BATCH:
        parts = ceil(notes / BATCH)
        batches.append(parts)
        notes = parts * fewer(ceil(notes / parts), share_of(count, notes, parts))
    return batches
