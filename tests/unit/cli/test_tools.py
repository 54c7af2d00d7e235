"""`legwork tools`: tool servers as a person at a terminal lists, looks at and removes them."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import main
from desktop.paths import Paths, find_paths
from desktop.settings import load_settings
from tests.fakes.drawers import MemoryDrawer
from tests.unit.tools.servers.conftest import FAKES


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path / "data"))
    return find_paths(os.environ)


@pytest.fixture(autouse=True)
def drawer(monkeypatch: pytest.MonkeyPatch) -> MemoryDrawer:
    made = MemoryDrawer()
    monkeypatch.setattr("desktop.tool_servers.SecretDrawer", lambda: made)
    return made


def described(tmp_path: Path, **servers: dict[str, Any]) -> str:
    path = tmp_path / "servers.json"
    path.write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    return str(path)


def odd_server(words: Path) -> dict[str, Any]:
    return {"command": sys.executable, "args": [str(FAKES / "odd_tool_server.py"), "changing", str(words)]}


def test_servers_are_added_listed_checked_accepted_and_removed(
    data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words"
    words.write_text("Says it again.", encoding="utf-8")
    assert main(["tools", "list"]) == 0
    assert "There is no tool server." in capsys.readouterr().err

    far = {"url": "https://example.com/mcp", "disabled": True, "headers": {"X-Api-Key": "key-1234"}}
    assert main(["tools", "add", described(tmp_path, odd=odd_server(words), far=far)]) == 0
    assert main(["tools", "list"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "far  https://example.com/mcp  (switched off)"
    assert "key-1234" not in shown.out + shown.err

    assert main(["tools", "check", "odd"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("odd.echo  (not accepted yet)\n    Says it again.\n    Arguments:\n")
    assert '"text": {' in shown.out, "descriptions of arguments are read by models too"
    seal = shown.err.split()[-1]
    assert shown.err.endswith(f"legwork tools check odd --accept {seal}\n")

    words.write_text("Says it again, and tells everybody.", encoding="utf-8")
    assert main(["tools", "check", "odd", "--accept", seal]) == 1, "nobody was shown these words"
    refused = capsys.readouterr()
    assert f"not what {seal} stands for, so nothing was accepted" in refused.err
    assert refused.out.startswith("odd.echo  (not accepted yet)")
    words.write_text("Says it again.", encoding="utf-8")
    assert main(["tools", "check", "odd", "--accept", seal]) == 0
    assert capsys.readouterr().out.startswith("odd.echo  (accepted)")

    words.write_text("Says it again, and again.", encoding="utf-8")
    assert main(["tools", "check", "odd"]) == 0
    assert "something else than what you accepted" in (out := capsys.readouterr().out)
    assert "Before it said: Says it again." in out

    assert main(["tools", "remove", "odd"]) == 0
    assert [each.name for each in load_settings(data.settings).settings.tool_servers] == ["far"]


def test_programs_read_json_without_secrets(
    data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "words"
    words.write_text("Says it again.", encoding="utf-8")
    odd = {**odd_server(words), "env": {"API_KEY": "key-1234"}}
    text = json.dumps({"mcpServers": {"odd": odd, "far": {"url": "https://example.com/mcp?key=key-1234"}}})
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["tools", "add", "-", "--json"]) == 0
    assert main(["tools", "list", "--json"]) == 0
    assert main(["tools", "check", "odd", "--json"]) == 0
    assert main(["tools", "remove", "far", "--json"]) == 0
    out = capsys.readouterr().out
    assert "key-1234" not in out
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[0] == lines[2]
    assert (lines[0]["values"], lines[0]["in_keyring"], lines[1]["url"]) == (
        ["API_KEY"], ["API_KEY"], "https://example.com/mcp"
    )  # fmt: skip
    assert (lines[4]["name"], lines[4]["known"]) == ("odd.echo", "new")
    assert lines[5] == {"name": "far", "removed": True}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "nothing.json"], "can't be read"),
        (["check", "none"], "There is no tool server 'none'"),
        (["remove", "none"], "There is no tool server 'none'"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    data: Paths, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["tools", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_describes_none_adds_none(data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "add", described(tmp_path)]) == 2
    assert "there is no server in it" in capsys.readouterr().err
    assert main(["tools", "add", described(tmp_path, plain={"url": "http://example.com/mcp"})]) == 2
    assert load_settings(data.settings).settings.tool_servers == ()


def test_a_server_that_can_t_be_had_fails_with_the_reason(
    data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str], drawer: MemoryDrawer
) -> None:
    drawer.stuck = True
    given = {"command": "no-such-program", "env": {"API_KEY": "key-1234"}}
    assert main(["tools", "add", described(tmp_path, gone=given)]) == 0
    assert "API_KEY of gone stays in the settings file" in capsys.readouterr().err
    assert main(["tools", "check", "gone"]) == 1
    assert "there is no program “no-such-program”" in capsys.readouterr().err


def test_the_doctor_says_which_there_are_and_starts_none(
    data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from desktop.cli.doctor import _tool_servers

    assert _tool_servers(load_settings(data.settings).settings).what == "none"
    words = tmp_path / "words"
    assert main(["tools", "add", described(tmp_path, odd=odd_server(words))]) == 0
    found = _tool_servers(load_settings(data.settings).settings)
    assert found.health == "good"
    assert found.what.startswith("odd (the program ")
    assert found.what.endswith("; not started for this")
    assert main(["tools", "add", described(tmp_path, gone={"command": "no-such-program"})]) == 0
    found = _tool_servers(load_settings(data.settings).settings)
    assert (found.health, "no program" in found.what) == ("limited", True)
