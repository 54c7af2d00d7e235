"""Where requests may lead. Whoever chooses an address could else have this machine call what only it can reach."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from desktop.engine import AddressRefused

PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = IPv6Network("64:ff9b::/96")
_UNICAST: Final = IPv6Network("2000::/3")
"""All that is assigned as global unicast (IANA): outside of it there are only addresses of some special use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which addresses may be called: public ones over TLS, and the hosts that the person named in whatever way.

    A name is `host`, or `host:port` where only that port is meant; IPv6 in brackets where a port follows.
    """

    named: tuple[str, ...] = ()

    def check(self, host: str, port: int, address: str) -> None:
        """Raise `AddressRefused` unless the host may be called at that address."""
        if is_named(host, port, self.named):
            return
        try:
            is_allowed = is_public(ip_address(address.partition("%")[0]))
        except ValueError:  # 127.1, 0x7f000001: what is no address to us is one to the system
            is_allowed = False
        if not is_allowed:
            raise AddressRefused(
                f"{host} leads to this machine or its network, and was not called.",
                hint="Name the host in the settings, if it is meant to be called.",
            )


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address leads to the open internet, also where it only wraps another one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        return address.is_global and address in _UNICAST
    return address.is_global and not address.is_multicast


def is_named(host: str, port: int, named: tuple[str, ...]) -> bool:
    """Whether the person named that host, for every port or for this one."""
    wanted = host.lower().rstrip(".")
    return any(name == wanted and only in (None, port) for name, only in map(_parts, named))


def host_of(url: str) -> str:
    """How the host and port of an address are named; empty where it has none. Raises no error."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if not host or not port:
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _parts(name: str) -> tuple[str, int | None]:
    name = name.strip().lower()
    if name.count(":") > 1 and not name.startswith("["):
        return name, None
    host, colon, port = name.rpartition(":") if name.rpartition(":")[2].isdecimal() else (name, "", "")
    return host.strip("[]").rstrip("."), int(port) if colon else None
