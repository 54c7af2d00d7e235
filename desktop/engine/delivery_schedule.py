"""When a delivery that failed is tried again."""

import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop.engine.delivery import Delivery, DeliveryStatus
from desktop.engine.errors import DeliveryFailed

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE

ATTEMPT_TIMES: Final = (
    0.0,
    5.0,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""Seconds from the first attempt to each one. The waits between them are kept, so that a long time without the program
does not end in several attempts at once."""

LONGEST_WAIT: Final = 24 * HOUR
"""However long a receiver asks to be left alone, it is tried again after that."""

JITTER: Final = 0.1
"""The part of a wait by which it may be longer, so that what failed together does not come together again."""


def after_failure(delivery: Delivery, failed: DeliveryFailed, now: datetime) -> Delivery:
    """The delivery after one more attempt that failed: due again, or dead."""
    attempts = delivery.attempts + 1
    if failed.final or attempts >= len(ATTEMPT_TIMES):
        return replace(delivery, attempts=attempts, status=DeliveryStatus.DEAD, problem=str(failed))
    wait = (ATTEMPT_TIMES[attempts] - ATTEMPT_TIMES[attempts - 1]) * (1 + JITTER * _chance(delivery, attempts))
    wait = max(wait, min(failed.retry_after, LONGEST_WAIT))
    return replace(delivery, attempts=attempts, due_at=now + timedelta(seconds=wait), problem=str(failed))


def seconds_until_due(delivery: Delivery, now: datetime) -> float:
    """How long to wait for the next attempt. One that lies beyond every wait is due: the clock went back."""
    wait = (delivery.due_at - now) / timedelta(seconds=1)
    return 0.0 if wait > LONGEST_WAIT * (1 + JITTER) else max(wait, 0.0)


def _chance(delivery: Delivery, attempts: int) -> float:
    """A number from 0 to 1 that differs between deliveries and attempts, and is the same when a run is replayed."""
    return zlib.crc32(f"{delivery.delivery_id}/{attempts}".encode()) / 2**32
