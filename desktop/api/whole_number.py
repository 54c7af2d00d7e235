"""Whole numbers in requests."""

from typing import Any, Final

from pydantic import BeforeValidator


def _without_fraction(given: Any) -> Any:
    return int(given) if isinstance(given, float) and given.is_integer() else given


WHOLE: Final = BeforeValidator(_without_fraction)
"""For an `int`, after its bounds: to JSON Schema, and to languages that know one kind of number, 7.0 is one too."""
