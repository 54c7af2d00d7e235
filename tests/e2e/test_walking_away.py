"""Submit, walk away, look in again."""

import json
import os
import signal
from pathlib import Path

import psutil

from desktop.api.ownership import is_owned
from tests.e2e.conftest import Legwork, Started, step_is, until


def background_of(legwork: Legwork) -> psutil.Process:
    return psutil.Process(int(legwork.paths.owner.read_text()))


def last(out: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(out.splitlines()[-1])
    return found


def test_what_was_submitted_is_done_after_the_terminal_is_closed(legwork: Legwork, sea: str, tmp_path: Path) -> None:
    submitting = legwork.start("submit", "documents", "Summarise this in five points", sea, "--json")
    code, out, err = submitting.wait()
    assert code == 0, err
    task_id = str(last(out)["task_id"])
    engine = background_of(legwork)
    try:
        assert os.getsid(engine.pid) == engine.pid != submitting.process.pid
        assert legwork("submit", "documents", "Summarise this", sea)[0] == 0
        assert background_of(legwork) == engine
        code, out, err = legwork("watch", task_id[:-1])
        assert (code, "Completed." in err, out != "") == (0, True, True), err
        assert legwork("export", task_id, "--to", str(tmp_path / "out"))[0] == 0
        assert {path.name for path in (tmp_path / "out" / task_id).iterdir()} >= {"report.md", "task.json"}
    finally:
        engine.send_signal(signal.SIGTERM)
        until(lambda: None if is_owned(legwork.paths) else True)
    assert "Traceback" not in (legwork.paths.log.with_name("background.log")).read_text()


def test_several_submissions_at_once_start_one_engine(legwork: Legwork, sea: str) -> None:
    submitting = [legwork.start("submit", "documents", f"Summarise {number}", sea) for number in range(3)]
    ends = [started.wait() for started in submitting]
    engine = background_of(legwork)
    try:
        assert [code for code, _, _ in ends] == [0, 0, 0], ends
        assert len({out for _, out, _ in ends}) == 3
        assert len(legwork("list")[1].splitlines()) == 3
    finally:
        engine.send_signal(signal.SIGTERM)
        until(lambda: None if is_owned(legwork.paths) else True)


def numbers(watching: Started, rest: str) -> list[int]:
    rows = [*watching.rows, *map(json.loads, rest.splitlines())]
    return [row["number"] for row in rows if "number" in row]


def test_watching_survives_the_engine_and_tells_everything_once(legwork: Legwork, sea: str) -> None:
    killed, _ = legwork.serve()
    task_id = legwork("submit", "documents", "Summarise this in five points", sea)[1].strip()
    watching = legwork.start("watch", task_id, "--json")
    watching.read_until(lambda row: "progress" in row and step_is("note", "running")(row))
    killed.end(signal.SIGKILL)
    again, engine = legwork.serve()
    code, out, err = watching.wait()
    assert code == 0, err
    assert (last(out)["status"], last(out)["task_id"]) == ("completed", task_id)
    told = numbers(watching, out)
    assert told == list(range(1, len(told) + 1))
    assert told[-1] > 20
    assert engine.pid == again.process.pid
    assert again.end()[0] == 0


def test_watching_starts_an_engine_for_a_task_that_nobody_works_on(legwork: Legwork, sea: str) -> None:
    started = legwork.start("run", "documents", "Summarise this in five points", sea, "--json")
    task_id = started.read_until(step_is("note", "running"))["task_id"]
    started.end(signal.SIGTERM)
    code, out, err = legwork("watch", task_id, "--json")
    assert (code, last(out)["status"]) == (0, "completed"), err
    engine = background_of(legwork)
    engine.send_signal(signal.SIGTERM)
    until(lambda: None if is_owned(legwork.paths) else True)
    assert legwork("watch", task_id)[0] == 0
    assert not is_owned(legwork.paths)
