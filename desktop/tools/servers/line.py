"""How a server is reached: what the two ways, a program and an address, have in common."""

from typing import Any, Protocol, TypeAlias

from mcp.client import Transport

from desktop.tools.servers.failure import ServerTrouble

Streams: TypeAlias = tuple[Any, Any]
"""What is heard and what is said, as the SDK has them (`TransportStreams`, which it does not export)."""


class Line(Transport, Protocol):
    """A transport of the SDK's that knows why it broke."""

    @property
    def fault(self) -> ServerTrouble | None:
        """Why nothing can be had through it any more; None while that is not known."""

    async def parting_words(self) -> str:
        """How the server ended or what it said last, to go on after its name; empty where nothing is known."""
