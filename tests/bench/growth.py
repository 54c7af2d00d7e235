"""How the list, the search and the scrolling grow with the history."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from desktop.engine import TaskStatus
from desktop.ui.window import Window
from tests.bench.history import history as made_history
from tests.bench.watched_start import start
from tests.bench.window_watch import say

SIZES: Final = "1000,10000,100000,1000000"
PAGES: Final = 50
"""So many pages of the list are scrolled through."""

ROUNDS: Final = 5
LISTS: Final = {
    "all": frozenset[TaskStatus](),
    "failed": frozenset({TaskStatus.FAILED}),
    "ended_badly": frozenset({TaskStatus.FAILED, TaskStatus.CANCELLED}),
}
SEARCHES: Final = {"common_word": "summarise", "two_words": "vertrage nordwind", "one_letter": "a", "no_hit": "zebra"}


def measure(sizes: str = SIZES, folder: str | None = None) -> Iterator[dict[str, Any]]:
    """Milliseconds in the real window, for each number of tasks: a list, a search, a page scrolled to.

    Each from the wish in the Qt thread to the rows in the list, median of 5 (of 50 pages for scrolling, with the
    worst). FOLDER keeps the histories: a million tasks take two minutes to make.
    """
    for size in (int(each) for each in sizes.split(",")):
        with made_history(size, folder) as data:
            yield {"history": size, **json.loads(start(data, f"{__name__}:browse")[1])}


def browse(window: Window) -> Iterator[Callable[[], bool]]:
    """Look at lists, search and scroll, each as often as it is measured; see `tests.e2e.window_driver.Person`."""
    watch, row = _Watch(window), dict[str, float]()
    for name, statuses in LISTS.items():
        for _ in range(ROUNDS):
            yield from watch.take(lambda statuses=statuses: window.tasks.show(statuses, ""))  # type: ignore[misc]
        row[f"list_{name}_ms"] = statistics.median(watch.reading())
    for name, words in SEARCHES.items():
        for _ in range(ROUNDS):
            yield from watch.take(lambda words=words: window.tasks.show(frozenset(), words))  # type: ignore[misc]
        row[f"search_{name}_ms"] = statistics.median(watch.reading())
    yield from watch.take(lambda: window.tasks.show(frozenset(), ""))
    watch.reading()
    while window.tasks.model.has_more and watch.count < PAGES:
        yield from watch.take(window.tasks.view.scrollToBottom)
    scrolled = watch.reading()
    say(row | {"pages": len(scrolled), "scroll_ms": statistics.median(scrolled), "scroll_worst_ms": max(scrolled)})
    window.leave()


class _Watch:
    """Takes the time from a wish to the page of the list that it brings."""

    def __init__(self, window: Window) -> None:
        self._milliseconds: list[float] = []
        self._began: float | None = None
        window.tasks.model.loaded.connect(self._on_loaded)

    @property
    def count(self) -> int:
        """How many times were taken since the last reading."""
        return len(self._milliseconds)

    def take(self, wish: Callable[[], None]) -> Iterator[Callable[[], bool]]:
        """Have the wish, and wait for what it brings."""
        self._began = time.perf_counter()
        wish()
        yield lambda: self._began is None

    def reading(self) -> list[float]:
        """The milliseconds of each wish since the last reading."""
        taken, self._milliseconds = self._milliseconds, []
        return taken

    def _on_loaded(self) -> None:
        if self._began is not None:
            self._milliseconds.append(round((time.perf_counter() - self._began) * 1000, 2))
            self._began = None
