"""A disk that gets full while a task runs, and folders that can't be written: real ones."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from desktop.engine import Input, TaskRequest, TaskStatus
from tests.e2e.conftest import SEA, Legwork, step_is, until
from tests.e2e.small_disk import SmallDisk

REQUEST = TaskRequest(kind="documents", goal="Summarise in five points", inputs=(Input(name="sea.txt", text=SEA),))
NO_OVERRIDING = "-dac_override,-dac_read_search"
MERE_OWNER = ("setpriv", f"--bounding-set={NO_OVERRIDING}", f"--inh-caps={NO_OVERRIDING}")
"""Starts a program of root's for which the rights of files count, as they do for everybody else."""


@pytest.fixture
def disk(legwork: Legwork) -> Iterator[SmallDisk]:
    """The data folder is a disk of its own."""
    found = SmallDisk(legwork.paths.data)
    yield found
    found.close()


@pytest.fixture
def owner(legwork: Legwork) -> Legwork:
    """The program without root's power over everybody's files."""
    if os.geteuid() == 0:
        legwork.prefix = MERE_OWNER
    return legwork


def assert_sound(legwork: Legwork) -> None:
    with closing(apsw.Connection(str(legwork.paths.database))) as database:
        assert database.pragma("integrity_check") == "ok"
        assert list(database.execute("PRAGMA foreign_key_check")) == []


def test_a_run_on_a_disk_that_gets_full_says_what_was_kept_and_goes_on_when_there_is_room(
    legwork: Legwork, disk: SmallDisk, sea: str
) -> None:
    running = legwork.start("run", "documents", "Summarise this in five points", sea, "--json")
    task_id = running.read_until(step_is("note", "running"))["task_id"]
    disk.fill()
    held = running.read_until(lambda row: row["status"] == "paused")
    assert f"The disk with {legwork.paths.data} is full. Everything that was recorded before is" in held["hold"]
    disk.make_room()
    code, out, err = running.wait()
    assert code == 0, err
    ended = json.loads(out.splitlines()[-1])
    assert (ended["task_id"], ended["status"], ended["run"], ended["hold"]) == (task_id, "completed", 1, "")
    assert "Paused, goes on by itself · The disk with" in err
    assert "Traceback" not in err
    assert_sound(legwork)


def test_a_run_that_is_ended_on_a_full_disk_goes_on_later(legwork: Legwork, disk: SmallDisk, sea: str) -> None:
    running = legwork.start("run", "documents", "Summarise this in five points", sea, "--json")
    task_id = running.read_until(step_is("note", "running"))["task_id"]
    disk.fill()
    running.read_until(lambda row: row["status"] == "paused")
    code, _, err = running.end()
    assert (code, f"Task {task_id} goes on where it was" in err, "Traceback" in err) == (4, True, False)
    code, _, err = legwork("run", "documents", "Summarise", sea)
    assert (code, "is full" in err, "LEGWORK_DATA_DIR" in err) == (1, True, True)
    disk.make_room()
    assert_sound(legwork)
    code, out, err = legwork("resume", task_id, "--json")
    assert code == 0, err
    ended = json.loads(out.splitlines()[-1])
    assert (ended["task_id"], ended["status"], ended["run"]) == (task_id, "completed", 1)
    assert_sound(legwork)


def test_a_cancel_on_a_full_disk_is_recorded_once_there_is_room(legwork: Legwork, disk: SmallDisk) -> None:
    serving, engine = legwork.serve()
    task_id = engine.submit(REQUEST).task_id
    until(lambda: True if engine.task(task_id).status is TaskStatus.RUNNING else None)
    disk.fill()
    until(lambda: True if engine.task(task_id).status is TaskStatus.PAUSED else None)
    assert engine.cancel(task_id).status is TaskStatus.CANCELLED
    disk.make_room()
    until(lambda: True if task_id in legwork("list", "--status", "cancelled")[1] else None)
    assert engine.retry(task_id).run == 2
    assert serving.end()[0] == 0
    assert_sound(legwork)


def contents(folder: Path) -> dict[str, bytes]:
    """All that is kept there, apart from the log."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".log"}


def test_a_folder_that_may_not_be_written_is_named_with_the_way_out(owner: Legwork, sea: str) -> None:
    assert owner("run", "documents", "Summarise", sea)[0] == 0
    before = contents(owner.paths.data)
    owner.paths.data.chmod(0o555)
    try:
        for words in (("run", "documents", "Summarise", sea), ("serve",), ()):
            code, out, err = owner(*words)
            assert (code, out) == (1, "")
            assert f"The data folder {owner.paths.data} can't be written (Permission denied)." in err
            assert "LEGWORK_DATA_DIR" in err
            assert "Traceback" not in err
        code, _, err = owner("list")
        assert (code, "LEGWORK_DATA_DIR" in err, "Traceback" in err) == (1, True, False)
        assert contents(owner.paths.data) == before
    finally:
        owner.paths.data.chmod(0o700)
    assert owner("list", "--status", "completed")[1].count("\n") == 1


def test_a_disk_that_was_mounted_for_reading_is_named_with_the_way_out(
    legwork: Legwork, disk: SmallDisk, sea: str
) -> None:
    disk.allow_only_reading()
    code, out, err = legwork("run", "documents", "Summarise", sea)
    assert (code, out) == (1, "")
    assert "can't be written (Read-only file system)" in err
    assert "LEGWORK_DATA_DIR" in err


def test_a_task_whose_files_may_not_be_written_waits_until_they_may(owner: Legwork) -> None:
    serving, engine = owner.serve()
    owner.paths.runs.chmod(0o555)
    try:
        task_id = engine.submit(REQUEST).task_id
        held = until(lambda: found if (found := engine.task(task_id)).status is TaskStatus.PAUSED else None)
        assert held.hold.startswith(f"The data folder {owner.paths.runs} can't be written.")
        assert "Allow writing" in engine.notices()[-1].hint
    finally:
        owner.paths.runs.chmod(0o700)
    until(lambda: True if engine.task(task_id).status is TaskStatus.COMPLETED else None)
    assert serving.end()[0] == 0
