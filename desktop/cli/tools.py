"""`legwork tools`: the servers of tools that agents may use, and what they say of their tools."""

import asyncio
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.engine import Acquaintance, InvalidRequest, Tool
from desktop.paths import Paths, prepare
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.tool_servers import ToolServers
from desktop.tools.servers import ServerChoice, seal_of, servers_in

STANDARD_INPUT: Final = "-"
_KNOWN: Final = {
    Acquaintance.ACCEPTED: "accepted",
    Acquaintance.NEW: "not accepted yet",
    Acquaintance.CHANGED: "says something else than what you accepted",
    Acquaintance.OWN: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsCommand:
    """Carries out the actions."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    as_json: bool

    def list(self) -> ExitCode:
        """One server a line."""
        for choice in self._servers.listed():
            self._show(choice)
        if not self._servers.listed():
            self.terminal.say(
                "There is no tool server. 'legwork tools add FILE.json' lists those that a file describes."
            )
        return ExitCode.COMPLETED

    def add(self, file: str) -> ExitCode:
        """List the servers of a file. Raises `ServerRefused`."""
        prepare(self.paths)
        servers = self._servers
        for added in servers.add(servers_in(_text_of(file), servers.named())):
            self._show(added.choice)
            if added.problem:
                self.terminal.say(added.problem)
        if not self.as_json:
            self.terminal.say("'legwork tools check NAME' starts one and shows its tools, for you to accept.")
        return ExitCode.COMPLETED

    def check(self, name: str, *, accept: str | None) -> ExitCode:
        """Start a server, show its tools, and end it; it accepts what `accept`, the seal of a look before, is for.

        It fails where there is no tool to be had, or the server says something else by now.
        """
        prepare(self.paths)
        servers = self._servers
        choice = servers.find(name)
        look = asyncio.run(servers.look_at(choice))
        tools, seal = look.tools, seal_of(look.tools)
        is_same = bool(tools) and accept == seal
        if is_same:
            servers.accept(choice, tools)
            tools = tuple(replace(tool, acquaintance=Acquaintance.ACCEPTED, accepted="") for tool in tools)
        for tool in tools:
            self._show_tool(tool, look.claims[tool.name], seal)
        for sentence in look.troubles:
            self.terminal.say(sentence)
        if accept is not None and not is_same:
            self.terminal.say(f"This is not what {accept} stands for, so nothing was accepted.")
        if not self.as_json and any(tool.acquaintance is not Acquaintance.ACCEPTED for tool in tools):
            self.terminal.say(
                "No agent may use what you have not accepted. To accept all of it, exactly as it stands here:\n"
                f"    legwork tools check {name} --accept {seal}"
            )
        return ExitCode.COMPLETED if tools and (accept is None or is_same) else ExitCode.FAILED

    def remove(self, name: str) -> ExitCode:
        """Take a server out of the list."""
        prepare(self.paths)
        self._servers.remove(name)
        if self.as_json:
            self.terminal.print_json({"name": name, "removed": True})
        else:
            self.terminal.print(one_line(f"{name} is removed, with its secrets and what you accepted of it."))
        return ExitCode.COMPLETED

    @property
    def _servers(self) -> ToolServers:
        return ToolServers(SettingsFile(self.paths.settings, self.settings))

    def _show(self, choice: ServerChoice) -> None:
        if self.as_json:
            self.terminal.print_json(_plain(choice))
        else:
            facts = (choice.name, choice.where, *(() if choice.enabled else ("(switched off)",)))
            self.terminal.print("  ".join(map(one_line, facts)))

    def _show_tool(self, tool: Tool, claims: str, seal: str) -> None:
        if self.as_json:
            facts = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
            known = {"known": tool.acquaintance, "before": tool.accepted, "claims": claims}
            self.terminal.print_json({**facts, **known, "seal": seal})
            return
        self.terminal.print(f"{one_line(tool.name)}  ({_KNOWN[tool.acquaintance]})")
        for line in tool.description.splitlines():
            self.terminal.print(f"    {line}")
        self.terminal.print("    Arguments:")
        for line in json.dumps(tool.parameters, indent=2, ensure_ascii=False).splitlines():
            self.terminal.print(f"    {line}")
        if tool.accepted:
            self.terminal.print(f"    Before it said: {one_line(tool.accepted)}")
        if claims:
            self.terminal.print(f"    It says {claims}; nobody has checked it.")


def _plain(choice: ServerChoice) -> dict[str, Any]:
    """What may be shown of it: names of variables and headers, and no values."""
    return {
        "name": choice.name,
        "enabled": choice.enabled,
        "command": choice.command,
        "args": choice.shown_args,
        "cwd": choice.cwd,
        "url": choice.where if choice.url else "",
        "values": sorted({*choice.values, *choice.kept}),
        "in_keyring": sorted(choice.kept),
    }


def _text_of(file: str) -> str:
    try:
        return sys.stdin.read() if file == STANDARD_INPUT else Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise InvalidRequest(
            f"{file} can't be read ({why}). Nothing was added.", hint="Name a file of JSON."
        ) from error
