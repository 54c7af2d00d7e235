"""The tools of the servers that the person listed, for one run: accepted before they are used, and never trusted."""

import asyncio
import importlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from desktop.engine import Acquaintance, InvalidRequest, TaskRequest, Tool, ToolCall, ToolOutput, visible
from desktop.tools.servers.acceptances import Acceptances
from desktop.tools.servers.choice import ServerChoice, check_server
from desktop.tools.servers.failure import ServerTrouble
from desktop.tools.servers.limits import Limits

if TYPE_CHECKING:
    from desktop.tools.servers.connection import Connection
    from desktop.tools.servers.offer import Offer

logger = logging.getLogger(__name__)

_CONNECTION: Final = "desktop.tools.servers.connection"
"""What brings the SDK, which takes a second to import."""
_MOST_SHOWN: Final = 20_000

Servers = Callable[[], tuple[ServerChoice, ...]]
Values = Callable[[ServerChoice], Awaitable[Mapping[str, str]]]
"""All variables or headers of a server, those from the keyring too. Raises `ServerTrouble` where one is missing."""


class ServerToolbox:
    """Implements `Toolbox`. Nothing is started before the tools are asked for or one of them is called."""

    def __init__(
        self,
        servers: Servers,
        *,
        acceptances: Acceptances,
        values: Values,
        named: Callable[[], tuple[str, ...]] = tuple,
        wanted: frozenset[str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._servers = servers
        self._acceptances = acceptances
        self._values = values
        self._named = named
        self._wanted = wanted  # names of servers; None: all that are switched on
        self._limits = limits or Limits()
        self._open: dict[str, tuple[ServerChoice, Connection]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._troubles: dict[str, tuple[str, ...]] = {}

    async def tools(self) -> tuple[Tool, ...]:
        """What the servers offer, with how well the person knows it. A server that can't be had is left out."""
        choices = self._chosen()
        known = {choice.name for choice in choices}
        self._troubles = {
            name: (f"There is no tool server {name[:40]!a} in the settings that is switched on.",)
            for name in sorted((self._wanted or frozenset()) - known)
        }
        found = await asyncio.gather(*map(self._tools_of, choices))
        return tuple(tool for tools in found for tool in tools)

    def troubles(self) -> tuple[str, ...]:
        """A sentence for each server that could not be had, and each tool that can't be used."""
        return tuple(sentence for sentences in self._troubles.values() for sentence in sentences)

    def claims(self, tool: str) -> str:
        """What a tool's server says of its effects, which nobody has checked; empty where it says nothing."""
        offer = self._offer(tool)
        return "" if offer is None else offer.claims

    async def accept(self, tools: tuple[Tool, ...]) -> None:
        """Remember that the person has accepted what is said of these. Raises `StorageFailed`."""
        for choice in self._chosen():
            if of_server := [tool for tool in tools if tool.server == choice.name]:
                await asyncio.to_thread(self._acceptances.accept, choice.identity, of_server)

    async def preview(self, call: ToolCall) -> str:
        """The server, the tool and the arguments. Raises `InvalidRequest` where they can't be shown whole."""
        choice = self._choice_of(call.tool)
        where = "which is not in the settings any more" if choice is None else choice.where
        arguments = visible(json.dumps(call.arguments, indent=2, ensure_ascii=False))
        if len(arguments) > _MOST_SHOWN:
            raise InvalidRequest(
                f"The arguments of {call.tool} are {len(arguments):,} characters, too many for a person to look at. "
                "Nothing was done.",
                hint=f"Call it with less at once: {_MOST_SHOWN:,} characters at most.",
            )
        claims = f"\n\nThe server says {said}; nobody has checked it." if (said := self.claims(call.tool)) else ""
        return (
            f"{call.tool.partition('.')[2]} of the tool server {_server(call.tool)}, {where}, with\n{arguments}{claims}"
        )

    async def call(self, call: ToolCall) -> ToolOutput:
        """Call it, where the person has accepted what the server says of it now."""
        choice = self._choice_of(call.tool)
        if choice is None:
            return _failed(f"There is no tool server {_server(call.tool)!a} that may be used.")
        try:
            connection = await self._connection(choice)
            offer = connection.offers.get(call.tool)
            if offer is None:
                return _failed(f"The tool server {choice.name} has no tool {call.tool!a} now.")
            (tool,) = await asyncio.to_thread(self._acceptances.acquainted, choice.identity, (offer.tool,))
            if tool.acquaintance is not Acquaintance.ACCEPTED:
                return _failed(f"What the server says of {call.tool} now was not accepted by the person. Not called.")
            return await connection.call(offer.called, call.arguments)
        except ServerTrouble as trouble:
            return _failed(str(trouble))

    async def close(self) -> None:
        """End the programs, and the talks with servers elsewhere."""
        connections = [connection for _, connection in self._open.values()]
        self._open.clear()
        await asyncio.gather(*(connection.close() for connection in connections))

    def _chosen(self) -> tuple[ServerChoice, ...]:
        """Those in the settings at this moment: one that is taken out is not asked again, even by a run under way."""
        return tuple(
            choice
            for choice in self._servers()
            if choice.enabled and (self._wanted is None or choice.name in self._wanted)
        )

    def _choice_of(self, tool: str) -> ServerChoice | None:
        return next((choice for choice in self._chosen() if choice.name == _server(tool)), None)

    def _offer(self, tool: str) -> "Offer | None":
        _, connection = self._open.get(_server(tool), (None, None))
        return None if connection is None else connection.offers.get(tool)

    async def _tools_of(self, choice: ServerChoice) -> tuple[Tool, ...]:
        try:
            connection = await self._connection(choice)
        except ServerTrouble as trouble:
            logger.info("the tool server %s can't be had: %s", choice.name, type(trouble).__name__)
            self._troubles[choice.name] = (str(trouble),)
            return ()
        self._troubles[choice.name] = connection.refused
        offered = [offer.tool for offer in connection.offers.values()]
        return await asyncio.to_thread(self._acceptances.acquainted, choice.identity, offered)

    async def _connection(self, choice: ServerChoice) -> "Connection":
        """The talk with a server as it is in the settings now, begun where there is none. Raises `ServerTrouble`."""
        async with self._turns.setdefault(choice.name, asyncio.Lock()):
            made, connection = self._open.get(choice.name, (None, None))
            if connection is not None and made == choice and connection.is_open:
                return connection
            if connection is not None:
                del self._open[choice.name]
                await connection.close()
            new = await self._begin(choice)
            self._open[choice.name] = choice, new
            return new

    async def _begin(self, choice: ServerChoice) -> "Connection":
        named = self._named()
        check_server(choice, named)
        values = await self._values(choice)
        module = await asyncio.to_thread(importlib.import_module, _CONNECTION)
        connection: Connection = module.Connection(choice, values, named=named, limits=self._limits)
        await connection.open()
        return connection


class OpenServers:
    """Makes the toolbox of a task (`OpenToolbox`). A task names servers with the option `servers`; else it has all."""

    def __init__(
        self,
        servers: Servers,
        *,
        accepted: Path,
        values: Values,
        named: Callable[[], tuple[str, ...]] = tuple,
        limits: Limits | None = None,
    ) -> None:
        self._servers = servers
        self._acceptances = Acceptances(accepted)
        self._values = values
        self._named = named
        self._limits = limits

    def __call__(self, request: TaskRequest) -> ServerToolbox:
        """The toolbox for that task."""
        return self.of(self._servers, wanted_servers(request.options, self._servers()))

    def of(self, servers: Servers, wanted: frozenset[str] | None = None) -> ServerToolbox:
        """One over other servers than those in the settings: a form that is tried before it is saved."""
        return ServerToolbox(
            servers,
            acceptances=self._acceptances,
            values=self._values,
            named=self._named,
            wanted=wanted,
            limits=self._limits,
        )


def wanted_servers(options: Mapping[str, Any], choices: tuple[ServerChoice, ...]) -> frozenset[str] | None:
    """The servers that a task names: all of `servers`, else those among its `tools`; None: all that there are.

    Among the tools a server stands for all of its tools, and one of its tools for it.
    """
    if "servers" in options:
        return _names_in(options["servers"])
    if "tools" in options:
        return _names_in(options["tools"]) & {choice.name for choice in choices}
    return None


def _names_in(option: Any) -> frozenset[str]:
    """The servers of a list of names, or of a text with commas between them."""
    names = option.replace(",", " ").split() if isinstance(option, str) else option
    return frozenset(_server(str(name)) for name in (names if isinstance(names, list | tuple) else ()))


def _server(tool: str) -> str:
    return tool.partition(".")[0]


def _failed(text: str) -> ToolOutput:
    return ToolOutput(text=text, failed=True)
