"""Many starts on one data folder: one engine, and everybody's work arrives exactly once."""

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from desktop.api.announcement import read_announcement
from desktop.api.ownership import is_owned
from desktop.engine import TaskStatus
from tests.e2e.conftest import Legwork, Started, until, until_gone
from tests.fakes.tiny_gguf import write_tiny_model
from tests.faults.image import take
from tests.faults.inspection import inspect

WINDOWS, SERVERS, RUNS = 5, 2, 13
RAISED = "its window was brought to the front"
SERVED = "already (process"
KEPT = "keeps its data folder"
TAKEN = "already runs on the data folder"


@pytest.fixture
def legwork(tmp_path: Path) -> Iterator[Legwork]:
    program = Legwork(tmp_path)
    program.environment["QT_QPA_PLATFORM"] = "offscreen"
    yield program
    program.close()


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A real model that loads and answers quickly."""
    return str(write_tiny_model(tmp_path / "tiny.gguf"))


@pytest.fixture
def invoice(tmp_path: Path) -> str:
    """A file of which a field can be told without asking the model."""
    path = tmp_path / "invoice.txt"
    path.write_text("Invoice number: 4711\nDate: 3 March 2025\nTotal: 120.50 EUR\n")
    return str(path)


def run_words(number: int, model: str, file: str) -> tuple[str, ...]:
    goal = f"Extract the total, number {number}"
    return ("run", "documents", goal, file, "-o", "fields=total:number", "--model", model, "--json")


def owner_of(legwork: Legwork, starts: list[Started]) -> Started | None:
    """The start that has announced itself."""
    found = read_announcement(legwork.paths.engine)
    return next((start for start in starts if found is not None and start.process.pid == found.pid), None)


def ended(starts: list[Started]) -> dict[int, tuple[int, str, str]]:
    """How those ended that end by themselves, by their place in the list."""
    return {number: start.wait() for number, start in enumerate(starts)}


def test_of_twenty_windows_one_opens_and_the_others_raise_it(legwork: Legwork) -> None:
    starts = [legwork.start() for _ in range(WINDOWS + SERVERS + RUNS)]
    owner = until(lambda: owner_of(legwork, starts))
    others = [start for start in starts if start is not owner]
    for code, _, err in ended(others).values():
        assert (code, RAISED in err) == (0, True), err
    assert owner.process.poll() is None
    owner.end()


@pytest.mark.timeout(300)
def test_twenty_starts_at_once_are_one_engine_and_no_work_is_lost_or_doubled(
    legwork: Legwork, model: str, invoice: str, chance: random.Random
) -> None:
    words: list[tuple[str, ...]] = [()] * WINDOWS + [("serve",)] * SERVERS
    words += [run_words(number, model, invoice) for number in range(RUNS)]
    chance.shuffle(words)
    starts = [legwork.start(*each) for each in words]
    for each, start in zip(words, starts, strict=True):
        if each[:1] == ("run",):
            code, out, err = start.wait()
            assert code == 0, err
            assert msgspec.json.decode(out.splitlines()[-1])["status"] == "completed"
    staying = [start for start in starts if start.process.poll() is None]
    for start in staying:
        start.end()
    for each, start in zip(words, starts, strict=True):
        if start not in staying and each[:1] != ("run",):
            code, _, err = start.wait()
            assert (RAISED in err or SERVED in err) if code == 0 else (KEPT in err or TAKEN in err), err
    assert len(staying) <= 1 + SERVERS  # one has the folder; servers that gave way to a window wait for its end
    image = take(legwork.paths)
    assert sorted(task.title for task in image.tasks.values()) == sorted(
        f"Extract the total, number {n}" for n in range(RUNS)
    )
    assert {task.status for task in image.tasks.values()} == {TaskStatus.COMPLETED}
    assert list(inspect(image)) == []
    assert not is_owned(legwork.paths)


@pytest.mark.timeout(300)
def test_the_owner_is_killed_while_all_others_wait_for_their_work(legwork: Legwork, model: str, invoice: str) -> None:
    serving, _ = legwork.serve()
    starts = [legwork.start(*run_words(number, model, invoice)) for number in range(8)]
    for start in starts:
        start.read_until(lambda row: True)
    children = psutil.Process(serving.process.pid).children(recursive=True)
    serving.process.kill()
    serving.wait()
    for code, out, err in ended(starts).values():
        assert code == 0, err
        assert msgspec.json.decode(out.splitlines()[-1])["status"] == "completed"
    until_gone(children)
    image = take(legwork.paths)
    assert len(image.tasks) == len(starts)
    assert list(inspect(image)) == []


@pytest.fixture
def other_server() -> Iterator[socket.socket]:
    """Listens, and belongs to somebody else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def gone_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def announcement(pid: int, port: int) -> bytes:
    made: dict[str, Any] = {"address": f"http://127.0.0.1:{port}", "token": "stale", "pid": pid, "version": "0.0.1"}
    return msgspec.json.encode(made | {"started_at": "2026-01-01T00:00:00Z"})


@pytest.mark.parametrize("left", ["by a dead process", "with a number reused", "unreadable", "empty", "half of it"])
def test_what_an_engine_left_that_was_killed_is_no_obstacle(
    legwork: Legwork, other_server: socket.socket, left: str, model: str, invoice: str
) -> None:
    port = other_server.getsockname()[1]
    contents = {
        "by a dead process": announcement(gone_pid(), port),
        "with a number reused": announcement(os.getpid(), port),
        "unreadable": b"\xff\xfe{]",
        "empty": b"",
        "half of it": announcement(os.getpid(), port)[:40],
    }
    legwork.paths.data.mkdir(mode=0o700)
    legwork.paths.engine.write_bytes(contents[left])
    legwork.paths.owner.write_text(str(os.getpid()))
    legwork.paths.lock.touch()
    assert legwork("list")[0] == 0
    code, _, err = legwork(*run_words(1, model, invoice))
    assert code == 0, err
    assert not legwork.paths.engine.exists()
    legwork.paths.engine.write_bytes(contents[left])
    serving, engine = legwork.serve()
    assert engine.pid == serving.process.pid
    assert serving.end()[0] == 0
    with pytest.raises(BlockingIOError):
        other_server.accept()


def test_a_port_that_another_server_has_is_named(legwork: Legwork, other_server: socket.socket) -> None:
    code, _, err = legwork("serve", "--port", str(other_server.getsockname()[1]))
    assert code == 1
    assert "Port" in err
    assert "--port" in err
