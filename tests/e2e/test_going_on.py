"""Whatever ends the program, the task goes on, or is cancelled where the person wants that."""

import json
import signal

import psutil

from desktop.engine import TaskId, TaskStatus
from tests.e2e.conftest import Legwork, step_is, until, until_gone


def test_a_task_goes_on_after_kill_minus_nine(legwork: Legwork, sea: str) -> None:
    killed = legwork.start("run", "documents", "Summarise this in five points", sea, "--json")
    row = killed.read_until(step_is("note", "running"))
    children = psutil.Process(killed.process.pid).children(recursive=True)
    killed.end(signal.SIGKILL)
    until_gone(children)
    code, out, _ = legwork("show", row["task_id"], "--json")
    assert (code, json.loads(out)["status"]) == (0, "running")
    serving, engine = legwork.serve()
    task = until(lambda: found if (found := engine.task(TaskId(row["task_id"]))).status in ENDED else None)
    assert (task.status, task.run) == (TaskStatus.COMPLETED, 1)
    code, _, err = serving.end()
    assert code == 0, err
    assert not legwork.paths.engine.exists()


def test_ctrl_c_cancels_the_task_and_ends_in_order(legwork: Legwork, long_sea: str) -> None:
    started = legwork.start("run", "documents", "Summarise this in five points", long_sea, "--json")
    row = started.read_until(step_is("note", "running"))
    children = psutil.Process(started.process.pid).children(recursive=True)
    started.interrupt()
    code, out, err = started.wait()
    assert code == 3, err
    assert json.loads(out.splitlines()[-1])["status"] == "cancelled"
    assert "Traceback" not in err
    until_gone(children)
    assert json.loads(legwork("show", row["task_id"], "--json")[1])["status"] == "cancelled"


def test_being_told_to_end_keeps_the_task_for_the_next_start(legwork: Legwork, long_sea: str) -> None:
    started = legwork.start("run", "documents", "Summarise this in five points", long_sea, "--json")
    started.read_until(step_is("note", "running"))
    code, out, err = started.end(signal.SIGTERM)
    assert code == 4, err
    assert "goes on" in err
    assert json.loads(out.splitlines()[-1])["status"] in ("running", "queued")


def test_a_run_takes_over_from_an_engine_that_ends(legwork: Legwork, sea: str) -> None:
    serving, _ = legwork.serve()
    handed = legwork.start("run", "documents", "Summarise this in five points", sea, "--json")
    row = handed.read_until(step_is("note", "running"))
    serving.end(signal.SIGKILL)
    code, out, err = handed.wait()
    assert code == 0, err
    assert "Handed over" in err
    task = json.loads(out.splitlines()[-1])
    assert (task["task_id"], task["status"]) == (row["task_id"], "completed")


ENDED = {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED}
