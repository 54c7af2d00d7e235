"""The whole application does what its own specification says, whatever is sent to it."""

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from desktop.api import rate_limit
from desktop.api.announcement import Announcement, read_announcement
from desktop.engine import Engine, Input, TaskRequest
from desktop.headless import Parts, opened_engine
from desktop.paths import Paths
from desktop.settings import Settings
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels

CASES_PER_OPERATION = 45
LEAST_CASES = 2_000
REQUEST = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text="The sea is wide."),))
# What a schema can't say: which kinds of task, models, files and tasks there are, and in which state they are.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404, 409, 410, 416, 422]
"""


@dataclass
class Running:
    """The engine in a thread of its own, as in the application."""

    announcement: Announcement
    task_ids: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.announcement.token}"}


async def run(folder: Path, started: "Future[Running]", end: asyncio.Event) -> None:
    paths = Paths(data=folder)
    parts = Parts(models=ScriptedModels(ScriptedModel()))
    async with opened_engine(paths, Settings(notifications=False, keep_awake=False), parts=parts) as engine:
        while (announcement := read_announcement(paths.engine)) is None:  # noqa: ASYNC110 - a file tells of nothing
            await asyncio.sleep(0.01)
        started.set_result(Running(announcement, [await an_ended_task(engine) for _ in range(3)]))
        await end.wait()


async def an_ended_task(engine: Engine) -> str:
    """A task that was carried out."""
    ended = asyncio.Event()
    unsubscribe = engine.subscribe(lambda update: ended.set() if update.task.finished_at else None)
    task = await engine.submit(REQUEST)
    await ended.wait()
    unsubscribe()
    return task.task_id


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    started: Future[Running] = Future()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    def work() -> None:
        try:
            loop.run_until_complete(run(tmp_path_factory.mktemp("spec"), started, end))
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise
        finally:
            loop.close()

    thread = threading.Thread(target=work, name="engine")
    patched = pytest.MonkeyPatch()
    patched.setattr(rate_limit, "BURST", 1e9)
    thread.start()
    try:
        yield started.result(timeout=60)
    finally:
        patched.undo()
        loop.call_soon_threadsafe(end.set)
        thread.join(timeout=60)


def specification(running: Running) -> dict[str, Any]:
    """The specification as the application hands it out; some of the identifiers are those of real tasks."""
    address = running.announcement.address
    document: dict[str, Any] = requests.get(f"{address}/openapi.json", headers=running.headers, timeout=30).json()
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "task_id":
                    parameter["schema"] = {"anyOf": [{"enum": running.task_ids}, {"type": "string", "minLength": 1}]}
    return document


def test_every_answer_is_as_the_specification_says(running: Running, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(specification(running)))
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    options = ["--url", running.announcement.address, "--header", f"Authorization: {running.headers['Authorization']}"]
    options += [
        "--checks",
        "all",
        "--max-examples",
        str(CASES_PER_OPERATION),
        "--seed",
        "1",
        "--generation-deterministic",
    ]
    options += ["--mode", "all", "--request-timeout", "10", "--no-color", "--continue-on-failure"]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", *options]
    done = subprocess.run(
        [*command, "openapi.json"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated", done.stdout)
    assert found is not None
    assert int(found[1]) >= LEAST_CASES
