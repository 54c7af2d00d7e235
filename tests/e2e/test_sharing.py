"""Several starts on one data folder."""

import json
import subprocess
import sys

from desktop.api.announcement import read_announcement
from desktop.api.client import RunningEngine
from desktop.engine import Input, TaskRequest, TaskStatus
from tests.e2e.conftest import ROOT, SEA, Legwork, until


def test_a_second_start_hands_over_or_says_who_is_there(legwork: Legwork, sea: str) -> None:
    serving, engine = legwork.serve()
    code, out, err = legwork("run", "documents", "Summarise this in five points", sea, "--json")
    assert code == 0, err
    assert f"Handed over to the Legwork that runs already (process {engine.pid})" in err
    task = json.loads(out.splitlines()[-1])
    assert task["result"]["artifacts"][0]["url"].startswith("file:")
    code, _, err = legwork("serve")
    assert (code, f"process {engine.pid}" in err) == (0, True)
    code, _, err = legwork()
    assert (code, "no display" in err, serving.process.poll()) == (1, True, None)
    assert legwork("run", "documents", "", sea)[0] == 2
    assert legwork("list", "--json")[1].count("\n") == 1
    assert "does not run" not in legwork("doctor")[1]
    assert serving.end()[0] == 0


def test_a_task_with_its_text_in_the_request_is_done_while_nobody_waits(legwork: Legwork) -> None:
    serving, engine = legwork.serve()
    accepted = engine.submit(TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text=SEA),)))
    until(lambda: True if engine.task(accepted.task_id).status is TaskStatus.COMPLETED else None)
    assert serving.end()[0] == 0
    code, out, _ = legwork("result", accepted.task_id, "--artifact", "report.md")
    assert (code, "a.txt" in out) == (0, True)


def test_a_window_takes_the_folder_over_and_the_service_comes_back(legwork: Legwork, sea: str) -> None:
    serving, engine = legwork.serve()
    accepted = engine.submit(TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text=SEA),)))
    before = read_announcement(legwork.paths.engine)
    window = subprocess.run(
        [sys.executable, "-m", "tests.e2e.taking_over", accepted.task_id],
        cwd=ROOT,
        env=legwork.environment | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (window.returncode, window.stdout.strip()) == (0, "completed"), window.stderr
    after = until(lambda: read_announcement(legwork.paths.engine))
    assert before is not None
    assert (after.pid, after.address, after.token) == (before.pid, before.address, before.token)
    assert RunningEngine(after).task(accepted.task_id).status is TaskStatus.COMPLETED
    code, _, err = serving.end()
    assert (code, "A window took over" in err) == (0, True)


def test_a_window_that_is_overtaken_turns_to_the_other_one(legwork: Legwork) -> None:
    overtaken = subprocess.run(
        [sys.executable, "-m", "tests.e2e.overtaken_start"],
        cwd=ROOT,
        env=legwork.environment | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert overtaken.returncode == 0, overtaken.stderr
    assert "its window was brought to the front" in overtaken.stderr
