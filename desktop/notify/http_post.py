"""One POST and what its answer means: only 2xx is a yes, a redirect is a no, and nobody reads what else was said."""

import email.utils
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from desktop.engine import AddressRefused, DeliveryFailed, WebUnavailable
from desktop.outbound import Call, Limits, Reach, host_of, send

_SUCCESSES: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)


async def post(
    url: str, body: bytes, headers: Mapping[str, str], now: datetime, *, only_to: tuple[str, ...] | None
) -> None:
    """Send it. Raises `DeliveryFailed`.

    `only_to`: besides public addresses only these hosts may be called; None: the person chose this one, it may be
    anywhere.
    """
    await _exchange("POST", url, body, headers, now, only_to)


async def get(url: str, now: datetime) -> None:
    """Ask an address that the person chose whether it is well. Raises `DeliveryFailed`."""
    await _exchange("GET", url, None, {}, now, None)


async def _exchange(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    now: datetime,
    only_to: tuple[str, ...] | None,
) -> None:
    reach = Reach(named=(host_of(url),) if only_to is None else only_to)
    call = Call(method=method, url=url, body=body, headers=headers)
    try:
        reply = await send(call, reach, Limits(redirects=0))
    except AddressRefused as error:
        raise DeliveryFailed(
            error.message, hint="Allow the host in the settings (allowed_webhook_hosts), if it is meant to be called."
        ) from error
    except WebUnavailable as error:
        raise DeliveryFailed(error.message, hint=error.hint) from error
    check_answer(reply.status, reply.headers, now)


def check_answer(status: int, headers: Mapping[str, str], now: datetime) -> None:
    """Raise `DeliveryFailed` unless the status is a yes."""
    if status in _SUCCESSES:
        return
    if status == HTTPStatus.GONE:
        raise DeliveryFailed("The receiver is gone for good (410).", hint="Nothing is sent to it again.", final=True)
    if status in _REDIRECTS:
        raise DeliveryFailed(
            f"The receiver sent the call elsewhere ({status}), and it was not followed.", hint="Give the new address."
        )
    raise DeliveryFailed(
        f"The receiver answered {status}.",
        hint="Its own log may say why.",
        retry_after=retry_after(headers.get("retry-after", ""), now),
    )


def retry_after(value: str, now: datetime) -> float:
    """The seconds that a `Retry-After` (RFC 9110, 10.2.3) asks for; 0 where it says nothing that makes sense."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return max(0.0, (moment - now) / timedelta(seconds=1))
    except (ValueError, TypeError):
        return 0.0
