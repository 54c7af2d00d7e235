"""How long it takes to accept a task so that it is on disk (target: p50 5 ms, p99 25 ms)."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from desktop.engine import Input, TaskRequest
from desktop.headless import opened_engine
from desktop.paths import Paths
from desktop.settings import Settings

TEXT = "The sea is wide. " * 20
REQUEST = TaskRequest(kind="documents", goal="Summarise the sea", inputs=(Input(name="a.txt", text=TEXT),))


def accept(tasks: int = 500, folder: Path | None = None) -> dict[str, Any]:
    """Milliseconds until a task is accepted and on disk, one after the other; `folder` is on the disk to measure."""
    with tempfile.TemporaryDirectory(dir=folder) as data:
        milliseconds = asyncio.run(measure(Paths(data=Path(data) / "data"), tasks))
    cuts = quantiles(milliseconds, n=100)
    return {"tasks": tasks, "p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2), "max_ms": max(milliseconds)}


async def measure(paths: Paths, tasks: int) -> list[float]:
    """Milliseconds for each of so many tasks; each is paused at once, so that the model stays out of it."""
    taken = []
    async with opened_engine(paths, Settings(notifications=False)) as engine:
        for _ in range(tasks):
            began = time.perf_counter()
            task = await engine.submit(REQUEST)
            taken.append(round((time.perf_counter() - began) * 1000, 2))
            await engine.pause(task.task_id)
    return taken
