"""The whole application does what its own specification says, whatever is sent to it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import InvalidSchema

from desktop.api import rate_limit
from desktop.api.announcement import Announcement, read_announcement
from desktop.engine import Engine, Input, TaskRequest, TaskStatus
from desktop.headless import Parts, opened_engine
from desktop.paths import Paths
from desktop.settings import Settings
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels

CASES_PER_OPERATION = 75
REQUEST = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text="The sea is wide."),))
PROBE = 1


@dataclass
class Running:
    """The engine in a thread of its own, as in the application."""

    announcement: Announcement
    task_ids: list[str] = field(default_factory=list)
    cases: int = 0

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
    thread.start()
    try:
        yield started.result(timeout=60)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(timeout=60)
