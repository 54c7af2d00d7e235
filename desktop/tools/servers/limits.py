"""How long a server may take, and how much it may give."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds are those in which this machine is awake."""

    start_seconds: float = 60.0  # some are downloaded when they are first started
    list_seconds: float = 30.0
    call_seconds: float = 180.0
    end_seconds: float = 12.0  # a program that does not want to is killed by then
    characters: int = 50_000  # of one output
