"""What the engine that owns a data folder does when Legwork is started a second time."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStart:
    """Called on the engine's loop; None where it can't be done."""

    raise_window: Callable[[], None] | None = None
    """Brings the window to the front."""

    give_way: Callable[[], None] | None = None
    """Lets the data folder go in order, for a start with a window. Returns at once."""
