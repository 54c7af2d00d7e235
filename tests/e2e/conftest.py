"""The program as a person starts it: a process of its own, the real runtime, a data folder for each test."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.client import RunningEngine
from desktop.paths import Paths
from desktop.store.page_checksums import use_page_checksums

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 240.0
SEA = "The sea is wide. Ships cross it in nine days. The harbour of Port Anna was built in 1871."

T = TypeVar("T")

use_page_checksums()  # a test that opens a database itself must not spoil its checksums


class Started:
    """A `legwork` that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.rows: list[dict[str, Any]] = []

    def read_until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line of JSON on standard output that is wanted."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.rows.append(json.loads(line))
            if wanted(self.rows[-1]):
                return self.rows[-1]
        raise AssertionError(f"the program ended: {self.process.communicate()[1]}")

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Signal the whole group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Signal the process itself and see how it ends."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        """The exit code, and the rest of both streams."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, err


class Legwork:
    """The program on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(data=folder / "data")
        self.environment = {name: value for name, value in os.environ.items() if name not in _DESKTOP}
        self.environment["LEGWORK_DATA_DIR"] = str(self.paths.data)
        self.prefix: tuple[str, ...] = ()  # the program, with its words, that starts it
        self._started: list[Started] = []

    def start(self, *words: str) -> Started:
        """Start it and let it run."""
        process = subprocess.Popen(
            [*self.prefix, sys.executable, ROOT / "main.py", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            start_new_session=True,
        )
        self._started.append(Started(process))
        return self._started[-1]

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Run it to its end: exit code, standard output, standard error."""
        return self.start(*words).wait()

    def serve(self, *words: str) -> tuple[Started, RunningEngine]:
        """An engine that serves, and the way to it."""
        started = self.start("serve", *words)

        def announced() -> Announcement | None:  # by this process: a killed one left its own
            found = read_announcement(self.paths.engine)
            return found if found is not None and found.pid == started.process.pid else None

        return started, RunningEngine(until(announced))

    def close(self) -> None:
        """End what a failing test left."""
        for started in self._started:
            if started.process.poll() is None:
                started.interrupt(signal.SIGKILL)
                started.process.communicate()


_DESKTOP = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"})


def until(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it does."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)
    return found


def until_gone(processes: list[psutil.Process]) -> None:
    """Wait until all of them have ended, reaped or not."""
    until(lambda: None if any(lives(process) for process in processes) else True)


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def legwork(tmp_path: Path) -> Iterator[Legwork]:
    program = Legwork(tmp_path)
    yield program
    program.close()


@pytest.fixture
def sea(tmp_path: Path) -> str:
    """A short text to work on."""
    path = tmp_path / "sea.txt"
    path.write_text(SEA)
    return str(path)


@pytest.fixture
def long_sea(tmp_path: Path) -> str:
    """A text that takes a while, so that whoever wants to end the work is in time on a busy machine too."""
    path = tmp_path / "long_sea.txt"
    path.write_text("\n\n".join(f"In the year {year}: {SEA}" for year in range(1700, 1800)))
    return str(path)


def step_is(name: str, status: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a task's step has that status."""

    def fits(row: dict[str, Any]) -> bool:
        return any(step["name"] == name and step["status"] == status for step in row["progress"]["steps"])

    return fits


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real model on a busy machine takes its time; what hangs is still caught."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(300))
