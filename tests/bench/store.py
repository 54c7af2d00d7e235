"""How long it takes until a task, or a finished item of one, is on disk."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop.engine import Change, Task, TaskStatus
from desktop.store import SqliteStore, open_store
from tests.unit.store.samples import entry, item_finished, submitted, task

HISTORIES = (0, 100_000)
"""Tasks that are there before the measurement."""

INLINE_CHARACTERS = (0, 5_000_000)
"""Text that comes with the request, which a finished item must not write again."""


def accept(count: int) -> dict[str, Any]:
    """Milliseconds, p50 and p99 of `count` calls each, of `add` and of `record`, without and with a long history."""
    return {"name": "accept", "count": count, "rows": [row for history in HISTORIES for row in _rows(count, history)]}


def _rows(count: int, history: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), count, history))


async def _measure(folder: Path, count: int, history: int) -> list[dict[str, Any]]:
    store = open_store(folder)
    await _fill(store, history)
    adding = (store.add(submitted(task(history + number))) for number in range(1, count + 1))
    rows = [{"call": "add", "history": history, **await _time(adding)}]
    for characters in INLINE_CHARACTERS:
        one = task(history + count + 1 + characters, inline="x" * characters, status=TaskStatus.RUNNING)
        await store.add(submitted(one))
        recording = (store.record(_finished(one, number)) for number in range(1, count + 1))
        rows.append({"call": "record", "history": history, "inline_characters": characters, **await _time(recording)})
    await store.close()
    return rows


def _finished(one: Task, number: int) -> Change:
    growing = replace(one, draft="so far " * number)
    return Change(task=growing, events=(item_finished(one, number),), entry=entry(one, str(number)))


async def _fill(store: SqliteStore, history: int) -> None:
    for number in range(1, history + 1):
        await store.add(submitted(task(number, status=TaskStatus.COMPLETED)))


async def _time(calls: Iterable[Awaitable[object]]) -> dict[str, float]:
    milliseconds = []
    for call in calls:
        began = time.perf_counter()
        await call
        milliseconds.append((time.perf_counter() - began) * 1000)
    centiles = statistics.quantiles(milliseconds, n=100)
    return {"p50_ms": round(centiles[49], 3), "p99_ms": round(centiles[98], 3)}
