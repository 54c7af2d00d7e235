"""Where a webhook may lead. Whoever may submit a task could else have this machine call what only it can reach.

An address must be public, and is called over TLS, unless the person named its host in the settings. What counts is
the address that is connected to: `CheckedResolver` looks names up, and only what it checked is used.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from desktop.engine import InvalidRequest

MAX_CHARACTERS: Final = 2000
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
"""Names and numbers that all on the way read alike: another spelling might be checked as one, called as another."""

_NAT64: Final = IPv6Network("64:ff9b::/96")


def check_url(url: str, allowed: tuple[str, ...]) -> None:
    """Raise `InvalidRequest` unless the address can be called at all, as far as it shows without a look-up."""
    parts = _parts(url)
    host = (parts.hostname or "").rstrip(".")
    if is_allowed(host, allowed):
        return
    if parts.scheme != "https":
        raise _refused("is not called over TLS", "Use https, or allow the host in the settings.")
    literal = _address(host)
    if literal is not None and not is_public(literal):
        raise _refused("is on this machine or its network", "Allow the host in the settings (allowed_webhook_hosts).")


def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether the person named that host."""
    return host.lower().rstrip(".") in {name.strip().lower().strip("[]").rstrip(".") for name in allowed}


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address leads to the open internet, also where it only wraps another one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    written_well = len(url) <= MAX_CHARACTERS and url.isascii() and url.isprintable() and " " not in url
    host_is_one = _HOST.fullmatch(parts.hostname or "") is not None and port != 0
    if not written_well or not host_is_one or parts.scheme not in ("http", "https"):
        raise _refused("is not one", "Give the whole address, such as https://example.com/hook.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused("holds a name, a password or a fragment", "Leave it out: calls are known by their signature.")
    return parts


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _refused(why: str, hint: str) -> InvalidRequest:
    return InvalidRequest(f"The webhook's address {why}; nothing was started.", hint=hint)
