"""Servers as they are put down, by hand or in the form that other programs use."""

import json
import subprocess
import sys
from typing import Any

import pytest

from desktop.tools.servers import ServerChoice, ServerRefused, check_servers, servers_in
from desktop.tools.servers.choice import check_server
from desktop.tools.servers.server_toolbox import wanted_servers
from desktop.tools.servers.shown_text import without


def test_the_common_form_is_read() -> None:
    text = json.dumps(
        {
            "mcpServers": {
                "time": {"command": "uvx", "args": ["mcp-server-time"], "env": {"TZ": "UTC", "LEVEL": 3}},
                "remote": {"type": "http", "url": "https://example.com/mcp", "headers": {"Authorization": "Bearer a"}},
                "off": {"command": "x", "disabled": True, "autoApprove": ["everything"]},
            }
        }
    )
    assert servers_in(text) == (
        ServerChoice(name="time", command="uvx", args=("mcp-server-time",), env={"TZ": "UTC", "LEVEL": "3"}),
        ServerChoice(name="remote", url="https://example.com/mcp", headers={"Authorization": "Bearer a"}),
        ServerChoice(name="off", command="x", enabled=False),
    )
    assert servers_in('{"time": {"command": "uvx"}}') == (ServerChoice(name="time", command="uvx"),)


@pytest.mark.parametrize(
    "found",
    [
        "",
        "[1]",
        "[" * 100_000,
        '"x"',
        {},
        {"mcpServers": {}},
        {"mcpServers": {"a": 1}},
        {"mcpServers": {"a": {}}},
        {"mcpServers": {"a": {"command": ["x"]}}},
        {"mcpServers": {"a": {"command": "x", "args": "y"}}},
        {"mcpServers": {"a": {"command": "x", "env": {"B": [1]}}}},
        {"mcpServers": {"a": {"type": "sse", "url": "https://example.com/sse"}}},
        {"mcpServers": {"a b": {"command": "x"}}},
        {"mcpServers": {"a": {"command": "x"}, "A": {"command": "y"}}},
        " " * 300_000,
    ],
)
def test_what_describes_no_server_is_refused_with_a_way_out(found: Any) -> None:
    with pytest.raises(ServerRefused) as refused:
        servers_in(found if isinstance(found, str) else json.dumps(found))
    assert "Nothing was" in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "choice",
    [
        ServerChoice(name=""),
        ServerChoice(name="a.b", command="x"),
        ServerChoice(name="a\u202eb", command="x"),
        ServerChoice(name="a"),
        ServerChoice(name="a", command="x", url="https://example.com"),
        ServerChoice(name="a", command="x", args=("a\0b",)),
        ServerChoice(name="a", command="x", args=("a" * 5_000,)),
        ServerChoice(name="a", command="x", args=("\udc80",)),
        ServerChoice(name="a", command="x", env={"B=C": "d"}),
        ServerChoice(name="a", command="x", env={"LEGWORK_DATA_DIR": "/"}),
        ServerChoice(name="a", command="x", env={"legwork_data_dir": "/"}),
        ServerChoice(name="a", command="x", cwd="here"),
        ServerChoice(name="a", url="example.com"),
        ServerChoice(name="a", url="ftp://example.com"),
        ServerChoice(name="a", url="https://me:secret@example.com"),
        ServerChoice(name="a", url="https://example.com:port"),
        ServerChoice(name="a", url="http://example.com/mcp"),
        ServerChoice(name="a", url="http://192.168.1.7/mcp"),
        ServerChoice(name="a", url="https://example.com", headers={"X Y": "z"}),
        ServerChoice(name="a", url="https://example.com", headers={"X": "y\r\nZ: 1"}),
    ],
)
def test_what_can_t_be_a_server_is_refused(choice: ServerChoice) -> None:
    with pytest.raises(ServerRefused) as refused:
        check_server(choice)
    assert "secret" not in str(refused.value)


def test_what_can_be_one_is_not() -> None:
    check_servers(
        (
            ServerChoice(name="a", command="uvx", args=("x",), env={"B": "c"}, cwd="~/here"),
            ServerChoice(name="b", url="https://example.com/mcp", headers={"X-Key": "y"}),
            ServerChoice(name="c", url="http://127.0.0.1:8000/mcp"),
            ServerChoice(name="d", url="http://localhost:8000/mcp"),
            ServerChoice(name="e", url="http://nas.local:8000/mcp"),
        ),
        named=("nas.local:8000",),
    )


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    choice = ServerChoice(name="a", url="https://example.com/mcp?key=abc#d")
    assert choice.where == "https://example.com/mcp"
    assert choice.server == "https://example.com:443"


def test_secrets_are_known_by_their_names() -> None:
    given = dict.fromkeys(("API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "DATABASE_URL", "GH_PAT", "LEVEL", "PATH"), "v")
    choice = ServerChoice(name="a", command="x", env=given)
    assert choice.secret_names() == ("API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "DATABASE_URL", "GH_PAT")
    elsewhere = ServerChoice(name="a", url="https://example.com", headers={"Authorization": "Bearer abcd"})
    assert set(elsewhere.secrets_in(elsewhere.headers)) == {"Bearer abcd", "abcd"}


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (("--api-key=abcd-1234",), "--api-key=…"),
        (("--token", "abcd-1234", "--verbose"), "--token … --verbose"),
        (("--db-url", "abcd-1234"), "--db-url …"),
        (("--no-auth", "--level=3"), "--no-auth --level=3"),
        (("--header", "Authorization: Bearer abcd-1234"), "--header Authorization: …"),
        (("-H", "X-Anything:abcd-1234"), "-H X-Anything:…"),
        (("-H", "abcd-1234"), "-H …"),
        (("--header=X-Anything: abcd-1234",), "--header=…"),
        (("-e", "GITHUB_TOKEN=abcd-1234", "hub"), "-e GITHUB_TOKEN=… hub"),
        (("postgres://me:abcd-1234@db.example/x?ssl=1",), "postgres://…@db.example/x?ssl=1"),
        (("https://example.com/mcp?level=3&key=abcd-1234#x",), "https://example.com/mcp?level=3&key=…#x"),
        (("Server=db;User=me;Password=abcd-1234",), "Server=db;User=me;Password=…"),
        (("Bearer abcd-1234",), "Bearer …"),
        (("sk-abcd-1234-abcdefghijkl", "x"), "… x"),
        (("server.py", "--root", "/srv/notes", "level=3"), "server.py --root /srv/notes level=3"),
    ],
)
def test_a_program_is_shown_without_the_secrets_among_its_arguments(args: tuple[str, ...], shown: str) -> None:
    choice = ServerChoice(name="a", command="x", args=args)
    assert " ".join(choice.shown_args) == shown
    assert "abcd-1234" not in choice.where
    if "…" in shown:
        told = without(f"I was given {' '.join(args)}", choice.secrets_in({}))
        assert "abcd-1234" not in told


def test_a_task_names_its_servers_in_two_ways() -> None:
    choices = (ServerChoice(name="time"), ServerChoice(name="files"))
    assert wanted_servers({}, choices) is None
    assert wanted_servers({"servers": "time, none"}, choices) == {"time", "none"}
    assert wanted_servers({"servers": ["files"]}, choices) == {"files"}
    assert wanted_servers({"tools": "read_file, time.convert_time"}, choices) == {"time"}
    assert wanted_servers({"tools": ["read_file"]}, choices) == frozenset()
    assert wanted_servers({"servers": 7}, choices) == frozenset()


def test_the_sdk_comes_only_with_the_first_use_of_a_server() -> None:
    program = (
        "import sys, desktop.headless, desktop.cli.tools\n"
        "from desktop.tools.servers import OpenServers\n"
        "print({'mcp', 'mcp_types', 'httpx2', 'jsonschema_rs'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
