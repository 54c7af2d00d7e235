"""The tool servers in the settings: what is added and removed, and where their secrets are."""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from desktop.engine import DeliveryFailed, InvalidRequest, Tool
from desktop.notify import SecretDrawer
from desktop.notify.secret_drawer import variable_of
from desktop.paths import Paths
from desktop.settings import secret_of
from desktop.settings_file import SettingsFile
from desktop.tools.servers import Acceptances, OpenServers, ServerChoice, ServerRefused, check_servers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAway:
    """A server whose secrets are in the keyring, as far as there is one; `problem` says which are not and why."""

    choice: ServerChoice
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a server says of itself, for the person who decides."""

    tools: tuple[Tool, ...]
    claims: Mapping[str, str]  # of the tools' effects, by their names; nobody has checked them
    troubles: tuple[str, ...]  # a sentence for each thing that can't be had


class ToolServers:
    """What a person does with the tool servers of a data folder. What is no coroutine waits for disk and keyring."""

    def __init__(self, kept: SettingsFile, drawer: SecretDrawer | None = None) -> None:
        self._kept = kept
        self._drawer = drawer or SecretDrawer()
        self._accepted = Paths(data=kept.path.parent).accepted_tools

    def listed(self) -> tuple[ServerChoice, ...]:
        """Those in the settings, in their order."""
        return self._kept.current().tool_servers

    def named(self) -> tuple[str, ...]:
        """The hosts of the person's own that a server may be at."""
        return self._kept.current().web.allowed_hosts

    def opener(self) -> OpenServers:
        """What makes the toolbox of a task, by the settings as they are at the time."""
        return OpenServers(self.listed, accepted=self._accepted, values=self.values, named=self.named)

    async def look_at(self, choice: ServerChoice) -> Look:
        """Start a server, which need not be listed yet, learn what it says of its tools, and end it."""
        toolbox = self.opener().of(lambda: (replace(choice, enabled=True),))
        try:
            tools = await toolbox.tools()
            claims = {tool.name: toolbox.claims(tool.name) for tool in tools}
            return Look(tools=tools, claims=claims, troubles=toolbox.troubles())
        finally:
            await toolbox.close()

    def accept(self, choice: ServerChoice, tools: tuple[Tool, ...]) -> None:
        """Remember that the person has accepted what a server says of these. Raises `StorageFailed`."""
        Acceptances(self._accepted).accept(choice.identity, tools)

    def find(self, name: str) -> ServerChoice:
        """The server of that name. Raises `InvalidRequest`."""
        for choice in self.listed():
            if choice.name == name:
                return choice
        raise InvalidRequest(
            f"There is no tool server {name!a} in the settings.",
            hint="See 'legwork tools list' for those that there are.",
        )

    def add(self, choices: tuple[ServerChoice, ...]) -> tuple[PutAway, ...]:
        """List these too. Raises `ServerRefused` where one can't be used or its name is taken, and `StorageFailed`."""
        check_servers((*self.listed(), *choices), self.named())
        added = tuple(map(self.put_away, choices))
        self._save((*self.listed(), *(each.choice for each in added)))
        return added

    def remove(self, name: str) -> None:
        """Take it out of the settings, with its secrets and all that was accepted of it.

        Raises `InvalidRequest` and `StorageFailed`.
        """
        choice = self.find(name)
        self._save(tuple(each for each in self.listed() if each.name != name))
        self.forget((choice,))

    def forget(self, gone: tuple[ServerChoice, ...]) -> None:
        """Take the secrets of servers that are not listed any more out of the keyring, and what was accepted of them.

        Raises `StorageFailed`.
        """
        here = {choice.identity for choice in self.listed()}
        kept = {secret_of(choice, name) for choice in self.listed() for name in choice.kept}
        for choice in gone:
            with contextlib.suppress(DeliveryFailed):
                for secret in {secret_of(choice, name) for name in choice.kept} - kept:
                    self._drawer.keep(secret, "")
            if choice.identity not in here:
                Acceptances(self._accepted).forget(choice.identity)

    def put_away(self, choice: ServerChoice) -> PutAway:
        """The server without its secrets, which are in the keyring then; where there is none, they stay as they are."""
        values, kept = dict(choice.values), [name for name in choice.kept if name not in choice.values]
        for name in choice.secret_names():
            if not values[name]:
                continue
            try:
                self._drawer.keep(secret_of(choice, name), values[name])
            except DeliveryFailed as error:
                problem = (
                    f"{', '.join(name for name in choice.secret_names() if values.get(name))} of {choice.name} stays "
                    "in the settings file, which only you can read: this machine has no keyring that works."
                )
                logger.info("secrets of the tool server %s stay in the settings: %s", choice.name, error.message)
                return PutAway(choice=choice.with_values(values, tuple(kept)), problem=problem)
            del values[name]
            kept.append(name)
        return PutAway(choice=choice.with_values(values, tuple(kept)))

    async def values(self, choice: ServerChoice) -> Mapping[str, str]:
        """All its variables or headers. Raises `ServerRefused` where one is not to be had."""
        found = dict(choice.values)
        for name in choice.kept:
            if name in found:
                continue
            secret = secret_of(choice, name)
            found[name] = await self._drawer.find(secret)
            if not found[name]:
                raise ServerRefused(
                    f"The tool server {choice.name} needs {name}, and it is not in the keyring. Nothing was started.",
                    hint=f"Type it in again in the settings, or start Legwork with {variable_of(secret)} set.",
                )
        return found

    def _save(self, choices: tuple[ServerChoice, ...]) -> None:
        self._kept.save(replace(self._kept.current(), tool_servers=choices))
