"""How long an idle engine takes from a submission to the first step of its run (target: 50 ms)."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from desktop.engine import Engine, StepStarted, TaskUpdate
from desktop.headless import opened_engine
from desktop.paths import Paths
from desktop.settings import Settings
from tests.bench.accept import REQUEST


def first_step(tasks: int = 50) -> dict[str, Any]:
    """Milliseconds from a submission to an idle engine until its first step; each task is cancelled once it began."""
    with tempfile.TemporaryDirectory() as folder:
        milliseconds = asyncio.run(measure(Paths(data=Path(folder) / "data"), tasks))
    return {
        "tasks": tasks,
        "first_ms": milliseconds[0],
        "p50_ms": round(median(milliseconds), 2),
        "max_ms": max(milliseconds),
    }


async def measure(paths: Paths, tasks: int) -> list[float]:
    """Milliseconds from each submission to its first step."""
    async with opened_engine(paths, Settings(notifications=False)) as engine:
        return [await _until_first_step(engine) for _ in range(tasks)]


async def _until_first_step(engine: Engine) -> float:
    started: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def on_update(update: TaskUpdate) -> None:
        if update.event is not None and isinstance(update.event.event, StepStarted) and not started.done():
            started.set_result(time.perf_counter())

    unsubscribe = engine.subscribe(on_update)
    began = time.perf_counter()
    task = await engine.submit(REQUEST)
    taken = await started - began
    unsubscribe()
    await engine.cancel(task.task_id)
    return round(taken * 1000, 2)
