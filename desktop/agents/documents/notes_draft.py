"""Notes as they come: for whoever looks while a run works, and the partial result of one that does not complete.

A draft is written with every finished item, so it shows the latest of what there is and says how much that is.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.points import Point
from desktop.agents.evidence.markdown import plain
from desktop.engine import Run

_SHOWN_POINTS: Final = 60


@dataclass(slots=True, kw_only=True)
class NotesDraft:
    """The notes on passages, as they come."""

    run: Run
    corpus: Corpus
    _passages: int = 0
    _points: int = 0
    _latest: deque[str] = field(default_factory=partial(deque, maxlen=_SHOWN_POINTS))

    async def add(self, points: Sequence[Point]) -> None:
        """One more passage was read, and this was noted."""
        self._passages += 1
        self._points += len(points)
        self._latest.extend(f"- {plain(point.text)}{self._source(point)}" for point in points)
        head = f"Notes so far, on {self._passages:,} of {len(self.corpus.passages):,} passages"
        cut = f", the latest {len(self._latest)} of {self._points:,}" if self._points > len(self._latest) else ""
        await self.run.show_draft("\n".join([f"{head}{cut}:", "", *self._latest]))

    def _source(self, point: Point) -> str:
        if not point.spans:
            return ""
        document, start = point.spans[0].document, point.spans[0].start
        place = str(self.corpus.place_of(document, start))
        return f" *({plain(f'{document}, {place}' if place else document)})*"
