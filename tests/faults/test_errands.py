"""kill -9 around what an assistant asks: it is asked still, and after the answer the task goes on where it was."""

import json
import subprocess
import sys
from collections import Counter as Tally
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.engine import Input, TaskId, TaskRequest, TaskStatus
from desktop.engine.tool_questions import NO, ONCE
from tests.e2e.conftest import ROOT
from tests.faults.application import Application
from tests.faults.errand_model import WRITE
from tests.faults.executions import Counter
from tests.faults.image import lost_files, take
from tests.faults.inspection import compare, inspect, repeated
from tests.faults.kinds import LOG, ships
from tests.faults.launch import Launch
from tests.faults.test_questions import happened, reached
from tests.faults.written import WriteCounter, misdone

Answer = Callable[[Application, TaskId, str], None]


def on_the_command_line(application: Application, task_id: TaskId, answer: str) -> None:
    words = [sys.executable, str(ROOT / "main.py"), "answer", task_id, answer, "--json"]
    done = subprocess.run(words, env=application.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["task_id"] == task_id


def over_the_api(application: Application, task_id: TaskId, answer: str) -> None:
    status, task = application.ask("GET", f"/tasks/{task_id}")
    assert (status, task["status"]) == (200, "waiting")
    assert task["question"]["choices"][0] == ONCE
    assert WRITE["content"].strip() in task["question"]["details"]
    body = {"answer": answer, "question_id": task["question"]["question_id"]}
    status, _ = application.ask("POST", f"/tasks/{task_id}/answer", body)
    assert status == 200


@pytest.fixture
def counter(application: Application, tmp_path: Path, seed: int) -> Counter:
    """Counts what the application executes."""
    counted = Counter(tmp_path / "executed")
    models = "tests.faults.errand_model:models"
    application.launch = Launch(seed=seed, models=models, executions=str(counted.path))
    return counted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is given to the task."""
    given = tmp_path / "given"
    given.mkdir()
    (given / LOG).write_text(ships(1, 3))
    return given


@pytest.mark.parametrize(("tell", "answer"), [(on_the_command_line, ONCE), (over_the_api, ONCE), (over_the_api, NO)])
def test_an_answer_after_a_restart_lets_the_errand_go_on_where_it_was(
    application: Application, counter: Counter, folder: Path, tell: Answer, answer: str
) -> None:
    request = TaskRequest(kind="assistant", goal="Write down what left.", inputs=(Input(path=str(folder)),))
    engine = application.started()
    task_id = engine.submit(request).task_id
    reached(engine, task_id, TaskStatus.WAITING)
    application.kill()
    killed, executed = take(application.paths), counter.read()
    assert {"plan", "turn 4"} <= {execution.key.step for execution in executed}

    engine = application.started()
    assert engine.task(task_id).status is TaskStatus.WAITING
    tell(application, task_id, answer)
    reached(engine, task_id, TaskStatus.COMPLETED)
    assert [happened(application, task_id).count(name) for name in ("QuestionAsked", "QuestionAnswered")] == [1, 1]
    assert application.stop() == 0
    end = take(application.paths)
    later = counter.read()[len(executed) :]
    assert max(Tally(execution.key for execution in [*executed, *later]).values()) == 1
    written = WriteCounter.beside(counter.path).read()
    assert [*inspect(end), *compare(killed, end), *repeated(killed, later, end), *misdone(end, written)] == []
    assert list(lost_files(end, application.paths)) == []
    assert len(written) == (answer == ONCE)
