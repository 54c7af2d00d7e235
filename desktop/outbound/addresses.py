"""Addresses as they are written: only what all on the way read alike is called."""

import re
from typing import TYPE_CHECKING, Final

from desktop.engine import AddressRefused
from desktop.outbound.reach import Reach, is_named

if TYPE_CHECKING:
    from yarl import URL

MAX_CHARACTERS: Final = 4000
_HOST: Final = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
"""Names and numbers, after IDNA: another spelling might be checked as one and called as another."""

_HINT: Final = "Give the whole address, such as https://example.com/page."
_HTTP_PORT: Final = 80


def checked_address(url: str, reach: Reach, *, after: "URL | None" = None) -> "URL":
    """The address as it is called: over https, unless the person named its host; without a fragment.

    `after` is the address that sends there. Where that was called over https, so is this. Raises `AddressRefused`.
    """
    address = _parsed(url, after)
    host = address.raw_host or ""
    if address.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not address.port:
        raise AddressRefused("This is no address on the web, and was not called.", hint=_HINT)
    if address.raw_user is not None or address.raw_password is not None:
        raise AddressRefused(
            "The address holds a name or a password, and was not called.", hint="Give one that holds neither."
        )
    in_the_open = address.scheme == "http"
    if in_the_open and ((after is not None and after.scheme == "https") or not _is_named(address, reach)):
        address = address.with_scheme("https")
        if address.explicit_port == _HTTP_PORT:
            address = address.with_port(None)
    _check_literal(address, reach)
    return address


def _parsed(url: str, after: "URL | None") -> "URL":
    from yarl import URL  # comes with the first use, as the client does, which reads addresses with it

    if len(url) > MAX_CHARACTERS or not url.isprintable() or "\\" in url or " " in url:
        raise AddressRefused("This is no address on the web, and was not called.", hint=_HINT)
    try:
        parsed = URL(url) if after is None else after.join(URL(url))
        return parsed.with_fragment(None)
    except ValueError as error:
        raise AddressRefused("This is no address on the web, and was not called.", hint=_HINT) from error


def _is_named(address: "URL", reach: Reach) -> bool:
    return is_named(address.raw_host or "", address.port or 0, reach.named)


def _check_literal(address: "URL", reach: Reach) -> None:
    """What reads as a number is connected to without a look-up, so no resolver sees it."""
    host = address.raw_host or ""
    if ":" in host or host.replace(".", "").isdigit():
        reach.check(host, address.port or 0, host)
