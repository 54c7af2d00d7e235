"""Where a webhook may lead. Whoever may submit a task could else have this machine call what only it can reach.

An address must be public, and is called over TLS, unless the person named its host in the settings. What counts is
the address that is connected to, which `desktop.outbound` checks when it calls; what shows before is refused here.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from desktop.engine import InvalidRequest
from desktop.outbound import is_named, is_public
from desktop.outbound.reach import PORTS

MAX_CHARACTERS: Final = 2000
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
"""Names and numbers that all on the way read alike: another spelling might be checked as one, called as another."""


def check_url(url: str, allowed: tuple[str, ...]) -> None:
    """Raise `InvalidRequest` unless the address can be called at all, as far as it shows without a look-up."""
    parts = _parts(url)
    host = (parts.hostname or "").rstrip(".")
    if is_named(host, parts.port or PORTS[parts.scheme], allowed):
        return
    if parts.scheme != "https":
        raise _refused("is not called over TLS", "Use https, or allow the host in the settings.")
    literal = _address(host)
    if literal is not None and not is_public(literal):
        raise _refused("is on this machine or its network", "Allow the host in the settings (allowed_webhook_hosts).")


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
