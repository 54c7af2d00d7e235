"""The real window on a real display, with the real engine and the starter model."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def display() -> Iterator[str]:
    """An X display of its own, which Xvfb chooses and tells."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["/usr/bin/env", "Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(timeout=20)


def person(display: str, data: Path, *acts: str) -> dict[str, Any]:
    """Let a person act in a process of its own; what they saw."""
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")},
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "LEGWORK_DATA_DIR": str(data),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.window_driver", *acts],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.timeout(400)
def test_from_typing_a_goal_to_the_result_that_is_still_there_after_a_restart(display: str, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("The harbour office moves to Pier 4 on 3 March. Ships register there from that day on.\n" * 3)
    data, pictures = tmp_path / "data", [str(tmp_path / "one.png"), str(tmp_path / "two.png")]
    first = person(display, data, "start", "Summarise this letter", str(letter), pictures[0])
    assert first["status"] == "completed"
    assert first["estimate"].startswith("about")
    assert first["result"].strip()
    second = person(display, data, "reopen", pictures[1])
    assert second["task_id"] == first["task_id"]
    assert second["result"] == first["result"]
    assert all(Path(picture).stat().st_size > 10_000 for picture in pictures)
