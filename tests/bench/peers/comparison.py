"""Accepting a task and beginning it: Legwork next to DBOS and Huey, all on SQLite, in the same run."""

import asyncio
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from urllib.parse import urlsplit

from desktop.api.announcement import read_announcement
from desktop.paths import Paths
from tests.bench import accept, first_step
from tests.faults.application import Application
from tests.faults.launch import Launch

REQUIREMENTS: Final = ("dbos==3.4.0", "huey==3.5.4")
TASK: Final = {"kind": "documents", "goal": "Summarise the sea", "inputs": [{"name": "a.txt", "text": accept.TEXT}]}

Measured = dict[str, list[float]]


def peers(tasks: int = 100, rounds: int = 3, folder: str | None = None) -> Iterator[dict[str, Any]]:
    """Milliseconds until a task is accepted, and from its submission to its first step; each in turn, so many rounds.

    Legwork is measured as a library, as the others are, and over HTTP, from another process. Its own acceptance reads
    the request, plans, estimates and writes; the others write. Over HTTP a model made for tests is there, as a library
    the real one, which begins to load. `folder` is on the disk to measure. The others are put
    into an environment that is thrown away.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        python = _environment(Path(scratch) / "environment")
        ways: dict[str, Callable[[Path, int], Measured]] = {
            "legwork": _library,
            "legwork over HTTP": _over_http,
            "dbos": lambda data, count: _program(python, "dbos_program.py", data, count),
            "huey": lambda data, count: _program(python, "huey_program.py", data, count),
        }
        measured: dict[str, list[Measured]] = {name: [] for name in ways}
        for number in range(rounds):
            names = list(ways)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                data = Path(scratch) / f"{number} {name}"
                data.mkdir()
                measured[name].append(ways[name](data, tasks))
    for name, rows in measured.items():
        yield {"name": name, "tasks": tasks, "rounds": rounds} | _figures("accept", rows) | _figures("first_step", rows)


def _figures(what: str, rows: list[Measured]) -> dict[str, float]:
    values = [value for row in rows for value in row[what]]
    cuts = quantiles(values, n=100)
    figures = {"p50": cuts[49], "p99": cuts[98], "max": max(values)}
    return {f"{what}_{name}_ms": round(value, 2) for name, value in figures.items()}


def _environment(folder: Path) -> str:
    """The Python of an environment with the others in it."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *REQUIREMENTS], check=True)
    return python


def _program(python: str, name: str, data: Path, tasks: int) -> Measured:
    program = Path(__file__).with_name(name)
    done = subprocess.run([python, str(program), str(data), str(tasks)], check=True, stdout=subprocess.PIPE, text=True)
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def _library(data: Path, tasks: int) -> Measured:
    return {
        "accept": asyncio.run(accept.measure(Paths(data=data / "accept"), tasks)),
        "first_step": asyncio.run(first_step.measure(Paths(data=data / "first"), tasks)),
    }


def _over_http(data: Path, tasks: int) -> Measured:
    """One client with one connection; each task is cancelled when it has begun."""
    rows = []
    with Application(data / "data", Launch(models="tests.faults.instant_model:models")) as application:
        application.started()
        announced = read_announcement(application.paths.engine)
        assert announced is not None
        connection = http.client.HTTPConnection(urlsplit(announced.address).netloc, timeout=60)
        headers = {"Authorization": f"Bearer {announced.token}", "Content-Type": "application/json"}

        def ask(method: str, path: str, body: object = None) -> Any:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            return json.loads(connection.getresponse().read())

        for _ in range(tasks):
            sent, began = time.time(), time.perf_counter()
            accepted = ask("POST", "/tasks", TASK)
            taken = (time.perf_counter() - began) * 1000
            begun = _first_step(announced.address, announced.token, accepted["task_id"])
            ask("POST", f"/tasks/{accepted['task_id']}/cancel")
            rows.append((taken, (begun.timestamp() - sent) * 1000))
        connection.close()
    return {"accept": [row[0] for row in rows], "first_step": [row[1] for row in rows]}


def _first_step(address: str, token: str, task_id: str) -> datetime:
    """When the engine began it, by its own event."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request("GET", f"/tasks/{task_id}/events", headers={"Authorization": f"Bearer {token}"})
    try:
        for line in connection.getresponse():
            event = json.loads(line[5:]) if line.startswith(b"data:") else {}
            if event.get("type") == "StepStarted":
                return datetime.fromisoformat(event["at"])
    finally:
        connection.close()
    raise RuntimeError("a task ended before its first step; the figures would mean nothing")
