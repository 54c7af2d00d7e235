"""A task is paused, resumed, retried and cancelled from the command line, with an engine that runs and without one."""

import json

from desktop.engine import Input, TaskRequest, TaskStatus
from tests.e2e.conftest import SEA, Legwork, until

REQUEST = TaskRequest(kind="documents", goal="Summarise in five points", inputs=(Input(name="sea.txt", text=SEA),))


def test_a_task_is_paused_where_it_runs_and_resumed_where_nothing_does(legwork: Legwork) -> None:
    serving, engine = legwork.serve()
    task_id = engine.submit(REQUEST).task_id
    until(lambda: True if engine.task(task_id).status is TaskStatus.RUNNING else None)
    code, out, err = legwork("pause", task_id)
    assert (code, out, f"legwork resume {task_id}" in err) == (0, "", True)
    assert engine.task(task_id).status is TaskStatus.PAUSED
    assert serving.end()[0] == 0
    code, out, err = legwork("resume", task_id, "--json")
    assert code == 0, err
    ended = json.loads(out.splitlines()[-1])
    assert (ended["task_id"], ended["status"], ended["run"]) == (task_id, "completed", 1)
    code, out, err = legwork("resume", task_id)
    assert (code, out, "can't become queued" in err) == (1, "", True)


def test_an_ended_task_is_retried_wherever_and_a_cancelled_one_stays_so(legwork: Legwork, sea: str) -> None:
    code, out, err = legwork("run", "documents", "Summarise", sea, "--json")
    assert code == 0, err
    task_id = json.loads(out.splitlines()[-1])["task_id"]
    serving, engine = legwork.serve()
    code, out, err = legwork("retry", task_id[:20])
    assert code == 0, err
    assert "Handed over" in err
    assert out.strip()
    assert engine.task(task_id).run == 2
    waiting = engine.submit(REQUEST).task_id
    assert serving.end()[0] == 0
    assert legwork("cancel", waiting)[0] == 0
    assert json.loads(legwork("show", waiting, "--json")[1])["status"] == "cancelled"
    code, _, err = legwork("cancel", task_id)
    assert (code, "Retry it" in err) == (1, True)
