"""Collects Python's cyclic garbage on Qt's thread, and there only.

Python collects on whichever thread happens to allocate. Among what it finds may be objects of Qt, and those may end on
their own thread only: a timer that the engine's thread takes down goes on ticking or crashes the program.
"""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

LOOK_MILLISECONDS: Final = 1_000
OLDEST: Final = 2
"""Python's number for the generation of all that stays."""
LEAST_ROUNDS: Final = 10
"""So many collections of the middle generation come before one of all, which takes longest."""


class CyclicGarbage(QObject):
    """Turns automatic collection off, and looks once a second whether there is something to collect, until `close`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_automatic = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def close(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        if self._was_automatic:
            gc.enable()


def collect_due() -> None:
    """Collect the oldest generation that is due by Python's own thresholds, on this thread."""
    limits, counts = gc.get_threshold(), gc.get_count()
    for generation in range(OLDEST, -1, -1):
        limit = max(limits[generation], LEAST_ROUNDS) if generation == OLDEST else limits[generation]
        if counts[generation] > limit:
            gc.collect(generation)
            return
