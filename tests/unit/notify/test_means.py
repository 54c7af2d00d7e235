"""Whether there is anything to notify with."""

from pathlib import Path

from desktop.notify import find_obstacle


def with_program(folder: Path) -> dict[str, str]:
    program = folder / "notify-send"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    return {"PATH": str(folder)}


def test_without_notify_send_the_package_is_named(tmp_path: Path) -> None:
    assert "libnotify" in find_obstacle({"PATH": str(tmp_path)}, "linux")


def test_without_a_session_there_is_nowhere_to_show_it(tmp_path: Path) -> None:
    assert "session bus" in find_obstacle(with_program(tmp_path), "linux")


def test_with_both_nothing_stands_against_it(tmp_path: Path) -> None:
    environment = with_program(tmp_path)
    assert find_obstacle(environment | {"DBUS_SESSION_BUS_ADDRESS": "unix:x"}, "linux") == ""
    assert find_obstacle(environment | {"XDG_RUNTIME_DIR": "/run/user/1"}, "linux") == ""


def test_other_systems_bring_what_is_needed() -> None:
    assert find_obstacle({}, "win32") == find_obstacle({}, "darwin") == ""
