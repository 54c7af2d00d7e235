"""A retry from a step, with kill -9 before it and after it: what was finished is taken over and not done again."""

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from desktop.api.client import RunningEngine
from desktop.api.representation import PublicTask
from desktop.engine import (
    TERMINAL,
    Input,
    ItemFinished,
    JournalEntry,
    RecordedEvent,
    RunNumber,
    StepStarted,
    TaskId,
    TaskRequest,
    TaskRetried,
    TaskStatus,
)
from desktop.store import open_store
from tests.e2e.conftest import Legwork, Started, until, until_gone

pytestmark = pytest.mark.timeout(600)

TEXT = "\n".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(6))
DOCUMENTS = 8


def kill(serving: Started) -> None:
    """kill -9 the program itself, and see its children end by themselves."""
    children = psutil.Process(serving.process.pid).children(recursive=True)
    serving.end(signal.SIGKILL)
    until_gone(children)


def ended(engine: RunningEngine, task_id: TaskId) -> PublicTask:
    return until(lambda: task if (task := engine.task(task_id)).status in TERMINAL else None)


def noted(task: PublicTask) -> int:
    return next((step.done for step in task.progress.steps if step.name == "note"), 0)


async def kept(data: Path, task_id: TaskId) -> tuple[list[RecordedEvent], list[list[JournalEntry]]]:
    """The events, and the journals of the two runs."""
    store = open_store(data, readonly=True)
    try:
        journals = [list(await store.journal(task_id, RunNumber(run))) for run in (1, 2)]
        return list(await store.events(task_id)), journals
    finally:
        await store.close()


@pytest.fixture
def legwork(tmp_path: Path) -> Iterator[Legwork]:
    program = Legwork(tmp_path)
    yield program
    program.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_retry_from_a_step_reuses_what_was_finished_before_a_kill(legwork: Legwork, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    serving, engine = legwork.serve()
    wanted = chance.randint(1, DOCUMENTS - 2)
    request = TaskRequest(
        kind="documents",
        goal="Summarise this in five points",
        inputs=tuple(Input(name=f"{number}.txt", text=f"{number}\n{TEXT}") for number in range(DOCUMENTS)),
    )
    task_id = engine.submit(request).task_id
    until(lambda: True if noted(engine.task(task_id)) >= wanted else None)
    kill(serving)
    serving, engine = legwork.serve()
    cancelled = engine.cancel(task_id)
    assert (cancelled.status, cancelled.stopped_at) == (TaskStatus.CANCELLED, "note")
    assert noted(cancelled) >= wanted
    again = engine.retry(task_id, "note")
    assert (again.run, [step.reused for step in again.progress.steps[:4]]) == (
        2,
        [1, DOCUMENTS, DOCUMENTS, noted(cancelled)],
    )
    for _ in range(chance.randrange(20)):
        engine.task(task_id)
    kill(serving)
    _, engine = legwork.serve()
    task = ended(engine, task_id)
    assert (task.status, task.run) == (TaskStatus.COMPLETED, 2)
    events, (first, second) = asyncio.run(kept(legwork.paths.data, task_id))
    assert [each.number for each in events] == list(range(1, len(events) + 1))
    assert [each.event.from_step for each in events if isinstance(each.event, TaskRetried)] == ["note"]
    assert {(each.step, each.item, each.result) for each in first} <= {
        (each.step, each.item, each.result) for each in second
    }
    of_second = [each.event for each in events if each.event.run == 2]
    begun = {event.step for event in of_second if isinstance(event, StepStarted)}
    assert "note" in begun
    assert not begun & {"find", "read", "split"}
    items = [event.done for event in of_second if isinstance(event, ItemFinished) and event.step == "note"]
    total = next(step.total for step in task.progress.steps if step.name == "note")
    assert items == list(range(noted(cancelled) + 1, total + 1))
