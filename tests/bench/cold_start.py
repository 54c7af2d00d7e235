"""From the start of the process to a window that can be used: a long history, no model loaded."""

import json
import statistics
from pathlib import Path
from typing import Any, Final

from tests.bench.history import history as made_history
from tests.bench.watched_start import start

STARTS: Final = 10
HISTORY: Final = 100_000


def measure(starts: int = STARTS, history: int = HISTORY, folder: str | None = None) -> dict[str, Any]:
    """Seconds from spawning the process to the first paint, to the painted list, and to a key handled and painted.

    The key is typed into the window as soon as that is painted; the window is usable when the last of the three is
    there. The first start is not counted: it fills the system's caches and compiles. The variable
    PYTHONDONTWRITEBYTECODE is taken away, since nobody who starts Legwork a second time would have it compile again.
    FOLDER keeps the history.
    """
    with made_history(history, folder) as data:
        marks = [_start(data) for _ in range(starts + 1)][1:]
    row: dict[str, Any] = {"starts": starts, "history": history}
    for name in marks[0]:
        seconds = [mark[name] for mark in marks]
        row |= {f"{name}_median_s": round(statistics.median(seconds), 3), f"{name}_max_s": round(max(seconds), 3)}
    return row | {"target_s": 0.6}


def _start(data: Path) -> dict[str, float]:
    marks: dict[str, float] = json.loads(start(data)[0])
    return marks | {"usable": max(marks.values())}
