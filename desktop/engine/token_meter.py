"""How much the model writes for a run, and how fast."""

from collections import deque
from dataclasses import dataclass, field

from desktop.engine.ports import Clock

SPEED_WINDOW = 5.0
"""Seconds over which tokens per second are counted."""


@dataclass(slots=True, kw_only=True)
class TokenMeter:
    """Counts the tokens that a run's answers have so far."""

    clock: Clock
    total: float = 0.0
    _pieces: deque[tuple[float, float]] = field(default_factory=deque)

    def hear(self, tokens: float) -> None:
        """About that many tokens were written."""
        self.total += tokens
        self._pieces.append((self.clock.monotonic(), tokens))

    def correct(self, tokens: float) -> None:
        """A finished answer has that many tokens more than were heard, or fewer."""
        self.total += tokens

    def speed(self) -> float:
        """Tokens per second over the last seconds; 0 while the model is silent."""
        now = self.clock.monotonic()
        while self._pieces and self._pieces[0][0] < now - SPEED_WINDOW:
            self._pieces.popleft()
        if not self._pieces:
            return 0.0
        return sum(tokens for _, tokens in self._pieces) / max(now - self._pieces[0][0], 1.0)
