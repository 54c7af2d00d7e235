"""Cancel at random moments, with the real runtime: it holds, also after a kill, and the runtime falls silent."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.api.representation import PublicTask
from desktop.engine import TERMINAL, Input, TaskId, TaskRequest, TaskStatus
from tests.e2e.conftest import Legwork, Started, until

pytestmark = pytest.mark.timeout(600)

TEXT = "\n".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(8))
GOALS = {"summarise": "Summarise this in five points", "answer": "Who left on day 7?", "extract": "Extract the ship"}
CANCELS = 30
LATEST = 400
"""Looks at a task, each of some milliseconds, before it is cancelled at the latest: most have a way to go then."""
SILENT_SECONDS = 0.011
"""Processor time between two looks that a runtime without work takes at most."""


@pytest.fixture
def legwork(tmp_path: Path) -> Iterator[Legwork]:
    program = Legwork(tmp_path)
    yield program
    program.close()


def request(mode: str) -> TaskRequest:
    fields = {"fields": "ship:number, cargo:text"} if mode == "extract" else {}
    return TaskRequest(
        kind="documents",
        goal=GOALS[mode],
        inputs=tuple(Input(name=f"{number}.txt", text=f"{number}\n{TEXT}") for number in range(3)),
        options={"mode": mode, **fields},
    )


def has_items(task: PublicTask) -> bool:
    """Whether there is something to show."""
    return any(step.name in ("note", "fields") and step.done for step in task.progress.steps)


def cancelled_at_once_by(engine: RunningEngine, task_id: TaskId, count: int) -> list[PublicTask]:
    """What so many cancels at the same time answer; none where the task had ended by itself."""

    def cancel(_: int) -> PublicTask | None:
        try:
            return engine.cancel(task_id)
        except Refused:
            return None

    with ThreadPoolExecutor(count) as threads:
        return [answer for answer in threads.map(cancel, range(count)) if answer is not None]


def busy_seconds(serving: Started) -> float:
    """Processor time of all that the program has started."""
    children = psutil.Process(serving.process.pid).children(recursive=True)
    return sum(sum(child.cpu_times()[:2]) for child in children)


def until_silent(serving: Started) -> None:
    """Wait until the runtime does nothing any more."""
    before = [busy_seconds(serving)]

    def is_silent() -> bool | None:
        before.append(busy_seconds(serving))
        return True if before[-1] - before[-2] < SILENT_SECONDS else None

    until(is_silent)


@pytest.mark.parametrize("seed", [20261125])
def test_thirty_cancels_at_random_moments(legwork: Legwork, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    serving, engine = legwork.serve()
    ends: dict[TaskId, TaskStatus] = {}
    reached: set[tuple[str, str]] = set()
    partial = 0
    for number in range(CANCELS):
        mode = chance.choice(tuple(GOALS))
        task_id = engine.submit(request(mode)).task_id
        if chance.random() < 0.3:
            until(lambda task_id=task_id: True if has_items(engine.task(task_id)) else None)
        for _ in range(chance.randrange(LATEST)):
            task = engine.task(task_id)
            if task.status in TERMINAL:
                break
        if number % 15 == 7:
            legwork("cancel", task_id)
        answers = cancelled_at_once_by(engine, task_id, chance.choice((1, 1, 3)))
        until_silent(serving)
        task = engine.task(task_id)
        ends[task_id] = task.status
        assert {answer.status for answer in answers} <= {task.status}
        if task.status is TaskStatus.CANCELLED:
            reached.add((mode, task.stopped_at or ""))
            assert (task.result is not None and task.result.partial) == has_items(task)
            partial += task.result is not None
            assert task.result is None or "nothing of it was checked" in task.result.verification.note
    assert list(ends.values()).count(TaskStatus.CANCELLED) > CANCELS / 2, ends
    assert len(reached) > 3, reached  # else the moments are not as random as they should be
    assert partial
    serving.interrupt(9)
    serving.wait()
    _, engine = legwork.serve()
    assert {task_id: engine.task(task_id).status for task_id in ends} == ends
