"""Where a webhook may lead. Whoever may submit a task could else have this machine call what only it can reach.

An address must be public, and is called over TLS, unless the person named its host in the settings. What counts is
the address that is connected to: names are looked up once, by `CheckedResolver`, and only what was checked is used.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from desktop.engine import DeliveryFailed, InvalidRequest

MAX_CHARACTERS: Final = 2000
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


class CheckedResolver(AbstractResolver):
    """Looks names up for a connection, and refuses those that lead to where it may not go."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of the host. Raises `DeliveryFailed` where one of them may not be called."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = [(kind, protocol, str(target[0])) for kind, _, protocol, _, target in found]
        if not is_allowed(host, self._allowed):
            for _, _, address in addresses:
                if not is_public(ip_address(address.partition("%")[0])):
                    raise DeliveryFailed(
                        "The webhook's host leads to this machine or its network, and was not called.",
                        hint="Allow the host in the settings (allowed_webhook_hosts), if it is meant to.",
                    )
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, protocol, address in addresses
        ]

    async def close(self) -> None:
        """Nothing is kept."""


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    written_well = len(url) <= MAX_CHARACTERS and url.isascii() and url.isprintable() and " " not in url
    if not written_well or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
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
