"""What window and engine take of the memory together, in one process, with a long history and no model loaded."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import psutil

from desktop.paths import find_paths
from desktop.ui.window import Window
from tests.bench.history import WITH_FILES
from tests.bench.history import history as made_history
from tests.bench.watched_start import start
from tests.bench.window_watch import say

HISTORY: Final = 100_000
PAGES: Final = 100
"""So many pages of the list are scrolled through."""

SEARCHES: Final = ("summarise", "vertrage nordwind", "ward", "budget penalty", "a", "nothing-of-this-kind")


def measure(history: int = HISTORY, folder: str | None = None) -> Iterator[dict[str, Any]]:
    """MB of the process after the start with its server, after scrolling and opening tasks, and after searching.

    `unique` would be free again if the process ended; `shared` is its part of what others use too (Linux only). The
    children are counted, where there are any. FOLDER keeps the history.
    """
    with made_history(history, folder) as data:
        for line in start(data, f"{__name__}:browse")[1:]:
            yield {"history": history, **json.loads(line), "target_mb": 250}


def browse(window: Window) -> Iterator[Callable[[], bool]]:
    """Look through the list as a person would; see `tests.e2e.window_driver.Person`."""
    model, pages = window.tasks.model, [0]
    model.loaded.connect(lambda: pages.append(pages[-1] + 1))
    announcement = find_paths(os.environ).engine
    yield announcement.exists
    say(_taken("start"))
    yield from _scroll(window, pages)
    say(_taken("scrolling"))
    for words in SEARCHES:
        seen = pages[-1]
        window.sidebar.search.setText(words)
        yield lambda seen=seen, words=words: pages[-1] > seen and model.text == words  # type: ignore[misc]
    say(_taken("searching"))
    window.leave()


def _scroll(window: Window, pages: list[int]) -> Iterator[Callable[[], bool]]:
    for _ in range(WITH_FILES - 1):
        window.tasks.step(1)
        yield lambda: True
    while pages[-1] < PAGES and window.tasks.model.has_more:
        seen = pages[-1]
        window.tasks.view.scrollToBottom()
        yield lambda seen=seen: pages[-1] > seen  # type: ignore[misc]


def _taken(after: str) -> dict[str, Any]:
    own = psutil.Process()
    all_of_it = [process.memory_full_info() for process in (own, *own.children(recursive=True))]
    unique = sum(each.uss for each in all_of_it)
    shared = sum(getattr(each, "pss", each.uss) for each in all_of_it) - unique
    figures = {"resident": all_of_it[0].rss, "unique": unique, "shared": shared, "taken": unique + shared}
    return {"after": after, "processes": len(all_of_it), **{f"{k}_mb": round(v / 1e6, 1) for k, v in figures.items()}}
