"""The form in which most programs that use MCP servers keep them: JSON with an object `mcpServers`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from desktop.tools.servers.choice import ServerChoice, check_servers
from desktop.tools.servers.failure import ServerRefused

MOST_CHARACTERS: Final = 262_144
_KEYS: Final = ("mcpServers", "servers", "mcp_servers")
"""How programs call the object; without any of them, the whole text is it."""
_REMOTE: Final = frozenset({"http", "streamable-http", "streamable_http", "streamableHttp"})
_HINT: Final = 'It begins like {"mcpServers": {"NAME": {"command": "uvx", "args": ["mcp-server-time"]}}}.'


def servers_in(text: str, named: tuple[str, ...] = ()) -> tuple[ServerChoice, ...]:
    """The servers that the text describes. Raises `ServerRefused` where it describes none, or one that can't be used.

    What programs write besides (who may use a tool unasked, above all) is left out: here that is for the person.
    """
    servers = tuple(_choices(_object_in(text)))
    if not servers:
        raise _refused("there is no server in it")
    check_servers(servers, named)
    return servers


def _object_in(text: str) -> Mapping[str, Any]:
    if len(text) > MOST_CHARACTERS:
        raise _refused(f"it is longer than {MOST_CHARACTERS:,} characters")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused("it is no JSON") from error
    if not isinstance(found, dict):
        raise _refused("it is no JSON object")
    for key in _KEYS:
        if isinstance(found.get(key), dict):
            return dict(found[key])
    return {name: value for name, value in found.items() if isinstance(value, dict)}


def _choices(found: Mapping[str, Any]) -> Iterator[ServerChoice]:
    for name, server in found.items():
        if not isinstance(server, dict):
            raise _refused(f"“{name[:40]}” is no object")
        kind = server.get("type", server.get("transport"))
        url = _text(name, server, "url") or _text(name, server, "serverUrl")
        if kind == "sse" or (url and kind not in (None, *_REMOTE)):
            raise ServerRefused(
                f"“{name[:40]}” speaks over {str(kind)[:20]}, which was given up for streamable HTTP. "
                "Nothing was added.",
                hint="Ask its maker for the address that speaks streamable HTTP.",
            )
        yield ServerChoice(
            name=name,
            enabled=server.get("disabled") is not True and server.get("enabled") is not False,
            command=_text(name, server, "command"),
            args=_texts(name, server.get("args", [])),
            cwd=_text(name, server, "cwd"),
            env=_values(name, server.get("env")),
            url=url,
            headers=_values(name, server.get("headers")),
        )


def _text(name: str, server: Mapping[str, Any], key: str) -> str:
    value = server.get(key) or ""
    if not isinstance(value, str):
        raise _refused(f"“{name[:40]}” has a {key} that is no text")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _refused(f"“{name[:40]}” has arguments that are no list of texts")
    return tuple(value)


def _values(name: str, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str | int | float) for each in value.values()):
        raise _refused(f"“{name[:40]}” has variables or headers that are no texts")
    return {key: each if isinstance(each, str) else json.dumps(each) for key, each in value.items()}


def _refused(why: str) -> ServerRefused:
    return ServerRefused(f"The description of servers can't be used: {why}. Nothing was added.", hint=_HINT)
