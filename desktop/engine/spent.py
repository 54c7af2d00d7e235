"""What a run has used of a person's time and of its model, for agents that keep within a budget."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Adds up over all sittings of a run, its parts included."""

    seconds: float = 0.0  # in which its steps worked: without pauses, interruptions and the loading of a model
    tokens: int = 0  # that a model read for it, without those found in its cache, and wrote
