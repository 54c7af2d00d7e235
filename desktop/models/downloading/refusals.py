"""What statuses of HTTP mean for a download."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

_BUSY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
LONGEST_WAIT: Final = 600.0
"""Seconds that a server may ask to wait for; more is taken for these."""


def hub_is_busy(status: int) -> bool:
    """Whether the same request may well succeed later."""
    return status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """What `Retry-After` (RFC 9110, 10.2.3) asks for in seconds; 0 for a date, or for nothing."""
    value = headers.get("Retry-After", "").strip()
    return min(float(value[:9]), LONGEST_WAIT) if value.isascii() and value.isdigit() else 0.0
