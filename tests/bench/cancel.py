"""How soon the runtime is free after a cancel (target: 1 s)."""

import asyncio
import random
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from desktop.agents import DocumentsAgent
from desktop.engine import Engine, ForbiddenTransition, Input, TaskRequest, TaskStatus
from desktop.models import LocalModel
from tests.bench.measured_engine import MeasuredEngine, measured_engine

TEXT = "\n".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(200))


def cancel(cancels: int = 30, seed: int = 1, most_seconds: float = 3.0) -> dict[str, Any]:
    """Milliseconds from a cancel at a random moment to its answer, and until no slot of the runtime is at work."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    with (
        tempfile.TemporaryDirectory() as folder,
        measured_engine(Path(folder), (DocumentsAgent(),), None) as measured,
    ):
        rows = [measured.wait(_cancelled(measured, chance.uniform(0, most_seconds))) for _ in range(cancels)]
    answered, free = zip(*(row for row in rows if row is not None), strict=True)
    return {
        "cancels": len(answered),
        "answered_p50_ms": round(median(answered), 1),
        "answered_max_ms": round(max(answered), 1),
        "free_p50_ms": round(median(free), 1),
        "free_max_ms": round(max(free), 1),
    }


async def _cancelled(measured: MeasuredEngine, after: float) -> tuple[float, float] | None:
    """Milliseconds to the answer and to the free runtime; None where the task had ended before."""
    engine: Engine = measured.engine
    assert isinstance(measured.model, LocalModel)
    request = TaskRequest(kind="documents", goal="Summarise this", inputs=(Input(name="a.txt", text=TEXT),))
    task_id = (await engine.submit(request)).task_id
    await asyncio.sleep(after)
    began = time.perf_counter()
    try:
        task = await engine.cancel(task_id)
    except ForbiddenTransition:
        return None
    answered = time.perf_counter() - began
    assert task.status is TaskStatus.CANCELLED
    while await _is_busy(measured.model):  # noqa: ASYNC110 - the runtime tells nobody when it is free
        await asyncio.sleep(0.002)
    return answered * 1000, (time.perf_counter() - began) * 1000


async def _is_busy(model: LocalModel) -> bool:
    """Whether the process still works; one that was ended for that is waited for."""
    running = model.runtime.running
    if running is not None:
        with suppress(aiohttp.ClientError):
            async with running.session.get("/slots") as answer:
                slots: list[dict[str, Any]] = await answer.json()
            return any(slot["is_processing"] for slot in slots)
    await model.runtime._all_ended()
    return model.runtime.running is not None
