"""Looks names up for whoever connects: what is checked is what is connected to, whatever a name says a moment later."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from desktop.outbound.reach import Reach

LookUp = Callable[..., Awaitable[list[Any]]]
"""Answers like `loop.getaddrinfo`."""


class CheckedResolver(AbstractResolver):
    """Looks names up for a connection, and refuses those that lead to where it may not go."""

    def __init__(self, reach: Reach, look_up: LookUp | None = None) -> None:
        self._reach = reach
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of the host. Raises `AddressRefused` where one of them may not be called."""
        look_up = self._look_up or asyncio.get_running_loop().getaddrinfo
        found = await look_up(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = [(kind, protocol, str(target[0])) for kind, _, protocol, _, target in found]
        for _, _, address in addresses:
            self._reach.check(host, port, address)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, protocol, address in addresses
        ]

    async def close(self) -> None:
        """Nothing is kept."""
