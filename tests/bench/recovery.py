"""After kill -9: from the start of the new process until the tasks run again where they were."""

import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from desktop.engine import Input, Interrupted, StepStarted, TaskId, TaskRequest
from desktop.store import open_store
from tests.bench.history import history as made_history
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.executions import Counter
from tests.faults.launch import Launch

HISTORY: Final = 100_000
ROUNDS: Final = 8
RUNNING: Final = 4
NOTES: Final = 4  # that are taken between two kills
TEXT: Final = " ".join(f"Ship {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(4000))
PACE: Final = 0.02  # seconds for each piece of text: the tasks outlast all rounds


def recovery(rounds: int = ROUNDS, history: int = HISTORY, folder: str | None = None) -> dict[str, Any]:
    """Seconds from spawning the process until the last of four tasks has begun its unfinished step again.

    The application is the real one without a window; a model made for tests takes its time for each answer, so that no
    load of a model counts. `answers` is the same until the server says over HTTP that they run. FOLDER keeps the
    history.
    """
    with made_history(history, folder) as data, tempfile.TemporaryDirectory(prefix="legwork-recovery-") as scratch:
        counter = Counter(Path(scratch) / "executed")
        launch = Launch(models="tests.faults.instant_model:models", pace=PACE, executions=str(counter.path))
        with Application(data, launch, Path(scratch) / "output") as application:
            engine = application.started()
            tasks = [engine.submit(_request(number)).task_id for number in range(RUNNING)]
            measured = [_round(application, counter, tasks, (number + 1) * NOTES) for number in range(rounds)]
    runs, answers = zip(*measured, strict=True)
    row = {"rounds": rounds, "history": history, "running": RUNNING}
    row |= {"again_median_s": round(statistics.median(runs), 2), "again_max_s": round(max(runs), 2)}
    return row | {"answers_median_s": round(statistics.median(answers), 2), "target_s": 5.0}


def _request(number: int) -> TaskRequest:
    return TaskRequest(
        kind="documents", goal="Summarise this in five points", inputs=(Input(name=f"{number}.txt", text=TEXT),)
    )


def _round(application: Application, counter: Counter, tasks: list[TaskId], notes: int) -> tuple[float, float]:
    until(lambda: _are_noting(counter, tasks, notes) or None)
    application.kill()
    began, clock = datetime.now(UTC), time.monotonic()
    engine = application.started()
    until(lambda: all(engine.task(task_id).status == "running" for task_id in tasks) or None)
    answers = time.monotonic() - clock
    begun = max(asyncio.run(_begun_again(application.paths.data, task_id)) for task_id in tasks)
    return (begun - began).total_seconds(), answers


def _are_noting(counter: Counter, tasks: list[TaskId], notes: int) -> bool:
    """Whether all tasks have come to their notes, and so many are there."""
    executed = [(each.key.task_id, each.key.step) for each in counter.read()]
    return {(task_id, "split") for task_id in tasks} <= set(executed) and _taken(executed) >= notes


def _taken(executed: list[tuple[str, str]]) -> int:
    return sum(step == "note" for _, step in executed)


async def _begun_again(data: Path, task_id: TaskId) -> datetime:
    """When the step began anew that had been broken off."""
    store = open_store(data, readonly=True)
    try:
        events = [each.event for each in await store.events(task_id)]
    finally:
        await store.close()
    last = max(place for place, event in enumerate(events) if isinstance(event, Interrupted))
    return _first_step(events[last:])


def _first_step(events: list[Any]) -> datetime:
    first = next(event for event in events if isinstance(event, StepStarted))
    assert first.step == "note", first
    return first.at
