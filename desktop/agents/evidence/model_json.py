"""JSON that a model wrote, as values that the journal can hold."""

import json
import math
from typing import Any, Final

_MOST_WHOLE: Final = 2**63
"""Numbers from here on have no place in a journal; a model that writes them has lost its way."""


def object_in(text: str) -> dict[str, Any] | None:
    """The JSON object that a model wrote, None where it is none.

    Half a character (a surrogate without the other one) becomes a question mark: a small model breaks them off, and
    nothing could be written that holds one. Numbers that are none, or beyond all measure, make it no object.
    """
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite, parse_int=_whole)
    except (ValueError, RecursionError):
        return None
    return _writable(value) if isinstance(value, dict) else None


def _refused(said: str) -> Any:
    raise ValueError(f"{said} is no number")


def _finite(said: str) -> float:
    value = float(said)
    if not math.isfinite(value):
        raise ValueError(f"{said} is beyond all measure")
    return value


def _whole(said: str) -> int:
    value = int(said)
    if abs(value) >= _MOST_WHOLE:
        raise ValueError("the number is beyond all measure")
    return value


def _writable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_writable(each) for each in value]
        case dict():
            return {_writable(name): _writable(each) for name, each in value.items()}
    return value
