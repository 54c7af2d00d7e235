"""What an errand may cost at most, and what is left of that."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from desktop.engine import InvalidRequest, Spent

_HINT: Final = "Write it as “20 turns, 10 minutes, 30000 tokens”; what you leave out keeps its usual limit."
_SECONDS: Final = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "h": 3600}
_PART: Final = re.compile(r"(\d[\d.,_' ]*)\s*([a-z]+)")
_BETWEEN: Final = re.compile(r"(?:[\s,;+]|and\b|und\b)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of one run. A part that is handed over is not broken off: it can go beyond them once it has begun."""

    turns: int = 25
    seconds: float = 1800.0
    tokens: int = 120_000  # read, without those found in the cache, and written

    def exhausted(self, turns: int, spent: Spent) -> str:
        """Which limit is reached, for a person; empty while none is."""
        if turns >= self.turns:
            return f"all {self.turns} turns of its budget were used"
        if spent.seconds >= self.seconds:
            return f"its budget of {_time(self.seconds)} was used"
        if spent.tokens >= self.tokens:
            return f"its budget of {self.tokens:,} tokens was used"
        return ""


MOST: Final = Budget(turns=200, seconds=24 * 3600.0, tokens=10_000_000)
"""Beyond these nobody waits for an errand, and its transcript could not be read."""


def parse_budget(option: Any) -> Budget:
    """The option `budget`, as a text or a mapping. Raises `InvalidRequest`."""
    if option in (None, ""):
        return Budget()
    amounts = _of_text(option) if isinstance(option, str) else _of_mapping(option)
    budget = Budget(
        turns=int(amounts.get("turns", Budget().turns)),
        seconds=amounts.get("seconds", Budget().seconds),
        tokens=int(amounts.get("tokens", Budget().tokens)),
    )
    for name in ("turns", "seconds", "tokens"):
        if not 1 <= getattr(budget, name) <= getattr(MOST, name):
            raise InvalidRequest(
                f"A budget can't have {amounts[name]:,g} {name}; nothing was started.",
                hint=f"From 1 to {getattr(MOST, name):,g} are possible. {_HINT}",
            )
    return budget


def _of_text(text: str) -> dict[str, float]:
    parts, at, lowered = [], 0, text.strip().lower()
    while at < len(lowered):
        match = _PART.match(lowered, _end_of(_BETWEEN, lowered, at))
        if match is None:
            raise _refused(text)
        parts.append((match[2], re.sub(r"[,_' ]", "", match[1]).rstrip(".")))
        at = _end_of(_BETWEEN, lowered, match.end())
    return _added(parts, text)


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _of_mapping(option: Any) -> dict[str, float]:
    if not isinstance(option, Mapping):
        raise _refused(option)
    return _added([(str(name).lower(), amount) for name, amount in option.items()], option)


def _added(parts: list[tuple[str, Any]], option: Any) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for unit, written in parts:
        single = unit.removesuffix("s") or unit
        name = "seconds" if single in _SECONDS else f"{single}s"
        try:
            amount = float(written) * _SECONDS.get(single, 1)
        except (TypeError, ValueError):
            raise _refused(option) from None
        if name not in ("turns", "tokens", "seconds") or amount != amount or isinstance(written, bool):
            raise _refused(option)
        amounts[name] = amounts.get(name, 0.0) + amount
    return amounts


def _refused(option: Any) -> InvalidRequest:
    return InvalidRequest(f"“{str(option)[:80]}” is no budget; nothing was started.", hint=_HINT)


def _time(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"
