"""Which models can be in memory at the same time, as far as it was found out."""

import asyncio
from collections.abc import Callable
from typing import Final

from desktop.engine.inference import Models
from desktop.engine.ports import Clock

HOLDS_SECONDS: Final = 60.0
"""After so long it is found out anew: other programs take memory, and give it back."""


class Neighbours:
    """Answers at once by what was found out last, and finds out anew in the background.

    `on_news` is called where an answer has become another one. Before anything was found out, models do not fit.
    """

    def __init__(self, models: Models, clock: Clock, on_news: Callable[[], None]) -> None:
        self._models = models
        self._clock = clock
        self._on_news = on_news
        self._known: dict[frozenset[str], tuple[bool, float]] = {}  # with the monotonic seconds of the answer
        self._asking: dict[frozenset[str], asyncio.Task[None]] = {}

    def fit(self, paths: frozenset[str]) -> bool:
        """Whether the models in these files fit into memory together. One always does."""
        if len(paths) < 2:
            return True
        fit, since = self._known.get(paths, (False, -HOLDS_SECONDS))
        if self._clock.monotonic() - since >= HOLDS_SECONDS and paths not in self._asking:
            self._asking[paths] = asyncio.create_task(self._ask(paths), name="ask which models fit")
        return fit

    def clash(self, paths: frozenset[str]) -> bool:
        """Whether it is known that they do not."""
        return not self.fit(paths) and paths in self._known

    async def close(self) -> None:
        """Find out nothing any more."""
        for aio_task in self._asking.values():
            aio_task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _ask(self, paths: frozenset[str]) -> None:
        try:
            fit = await self._models.fit_together(sorted(paths))
        finally:
            del self._asking[paths]
        before, _ = self._known.get(paths, (False, 0.0))
        self._known[paths] = fit, self._clock.monotonic()
        if fit != before:
            self._on_news()
