"""Looks names up for whoever connects: what is checked is what is connected to, whatever a name says a moment later."""

import asyncio
import socket
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from desktop.engine import DeliveryFailed
from desktop.notify.webhook_target import is_allowed, is_public


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
