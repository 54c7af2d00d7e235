"""Whether there is a display."""

import socket
from pathlib import Path

import pytest

from desktop.cli import display
from desktop.cli.display import find_display_problem


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(display, "_X_SOCKETS", str(tmp_path / "X"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X7"))
        server.listen()
        yield tmp_path


def test_without_any_there_is_none() -> None:
    assert "no display" in find_display_problem({}, "linux")


def test_a_platform_that_was_chosen_is_trusted() -> None:
    assert find_display_problem({"QT_QPA_PLATFORM": "offscreen"}, "linux") == ""


def test_other_systems_always_have_one() -> None:
    assert find_display_problem({}, "win32") == find_display_problem({}, "darwin") == ""


@pytest.mark.parametrize("name", [":7", ":7.0", "unix:7"])
def test_a_display_that_answers_is_one(listening: Path, name: str) -> None:
    assert find_display_problem({"DISPLAY": name}, "linux") == ""


@pytest.mark.parametrize("name", [":8", "nonsense", ":", "127.0.0.1:59000"])
def test_a_display_that_does_not_answer_is_named(listening: Path, name: str) -> None:
    assert name in find_display_problem({"DISPLAY": name}, "linux")


def test_wayland_is_found_by_its_socket(listening: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(listening)}
    assert find_display_problem(environment | {"WAYLAND_DISPLAY": "X7"}, "linux") == ""
    assert "gone" in find_display_problem(environment | {"WAYLAND_DISPLAY": "gone"}, "linux")
    assert find_display_problem(environment | {"WAYLAND_DISPLAY": "gone", "DISPLAY": ":7"}, "linux") == ""
