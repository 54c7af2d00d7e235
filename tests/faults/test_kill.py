"""kill -9 of the application while it works: the task goes on by itself, and nothing finished is done again."""

import time
from collections import Counter as Tally
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.api.client import RunningEngine
from desktop.api.representation import PublicTask
from desktop.engine import Input, TaskId, TaskRequest, TaskStatus
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.executions import Counter, Key
from tests.faults.launch import Crash, Launch, Moment

TEXT = " ".join(f"Ship number {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(400))
REQUEST = TaskRequest(kind="documents", goal="Summarise this in five points", inputs=(Input(name="a.txt", text=TEXT),))
RECOVERY_SECONDS = 5.0


@pytest.fixture
def counter(application: Application, tmp_path: Path, seed: int) -> Counter:
    """Counts what the application executes with a model that answers at once."""
    counted = Counter(tmp_path / "executed")
    application.launch = Launch(
        seed=seed, models="tests.faults.instant_model:models", pace=0.02, executions=str(counted.path)
    )
    return counted


def test_x(application: Application, counter: Counter) -> None:
    task_id = application.started().submit(REQUEST).task_id
    until(lambda: True if len(counter.read()) > 5 else None)
    application.kill()
    engine = application.started()
    until(lambda: True if engine.task(task_id).status is TaskStatus.COMPLETED else None)
