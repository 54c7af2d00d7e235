"""`legwork pin`, `unpin`, `delete` and `restore`, where nobody runs an engine and where somebody does."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from desktop.api.announcement import Announcement, publish
from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.api.ownership import is_owned, sole_owner
from desktop.api.representation import PublicTask
from desktop.cli import main
from desktop.cli.archive import public_by_name
from desktop.cli.arguments import make_parser
from desktop.cli.entry import _request
from desktop.engine import Change, Task, TaskId, TaskQuery, TaskStatus
from desktop.paths import Paths
from desktop.store import RunFiles, open_store
from tests.fakes.engine_double import START, make_task

Command = Callable[..., tuple[int, str, str]]
DONE = replace(make_task(1, title="Sea", status=TaskStatus.COMPLETED), finished_at=START)
OTHER = replace(make_task(2, title="Lake", status=TaskStatus.FAILED), finished_at=START)
QUEUED = make_task(3)


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capfd.readouterr()

    return call


@pytest.fixture(autouse=True)
def _kept(paths: Paths) -> None:
    async def keep() -> None:
        store = open_store(paths.data)
        for task in (DONE, OTHER, QUEUED):
            await store.add(Change(task=task))
        await store.close()
        await RunFiles(paths.runs).write(DONE.task_id, DONE.run, "artifacts/report.md", b"report")

    asyncio.run(keep())


def listed(paths: Paths, *, trashed: bool = False) -> list[Task]:
    async def look() -> tuple[Task, ...]:
        store = open_store(paths.data, readonly=True)
        page = await store.find(TaskQuery(trashed=trashed))
        await store.close()
        return page.tasks

    return list(asyncio.run(look()))


def titles(tasks: list[Task]) -> list[str]:
    return [task.title for task in tasks]


def test_tasks_are_moved_to_trash_listed_there_and_brought_back(command: Command, paths: Paths) -> None:
    code, out, err = command("delete", DONE.task_id, OTHER.task_id.lower())
    assert (code, out, f"restore {DONE.task_id}" in err) == (0, "", True)
    assert (titles(listed(paths)), titles(listed(paths, trashed=True))) == (["Task 3"], ["Lake", "Sea"])
    code, out, _ = command("list", "--trash", "--json")
    assert [json.loads(line)["title"] for line in out.splitlines()] == ["Lake", "Sea"]
    assert all(json.loads(line)["trashed_at"] for line in out.splitlines())
    assert "Sea" not in command("list")[1]
    assert "in Trash since" in command("show", DONE.task_id)[1]
    code, out, err = command("restore", DONE.task_id, "--json")
    assert (code, json.loads(out)["trashed_at"], err) == (0, None, "")
    assert titles(listed(paths)) == ["Task 3", "Sea"]
    assert not is_owned(paths)


def test_a_task_in_trash_is_found_by_the_beginning_of_its_identifier(command: Command, paths: Paths) -> None:
    command("delete", OTHER.task_id, DONE.task_id)
    assert command("restore", DONE.task_id[:-1] + "1")[0] == 0
    assert command("show", DONE.task_id[:5])[0] == 2  # more than one
    assert titles(listed(paths)) == ["Task 3", "Sea"]


def test_tasks_are_pinned_and_unpinned(command: Command, paths: Paths) -> None:
    code, _, err = command("pin", DONE.task_id)
    assert (code, "stays until it is unpinned" in err) == (0, True)
    assert [task.pinned for task in listed(paths)] == [False, False, True]
    assert "pinned  Sea" in command("list")[1]
    code, _, err = command("unpin", DONE.task_id)
    assert (code, "kept until" in err) == (0, True)
    assert not any(task.pinned for task in listed(paths))


def test_what_is_refused_is_named_and_the_others_are_deleted(command: Command, paths: Paths) -> None:
    code, _, err = command("delete", QUEUED.task_id, DONE.task_id)
    assert (code, QUEUED.task_id in err, "Cancel it first" in err) == (1, True, True)
    assert titles(listed(paths, trashed=True)) == ["Sea"]


def test_only_what_is_in_trash_is_removed_for_good_and_its_files_with_it(command: Command, paths: Paths) -> None:
    folder = paths.runs / DONE.task_id
    assert folder.exists()
    assert command("delete", "--for-good", DONE.task_id)[0] == 1
    assert folder.exists()
    command("delete", DONE.task_id, OTHER.task_id)
    code, _, err = command("delete", "--for-good", DONE.task_id)
    assert (code, "gone for good" in err) == (0, True)
    assert not folder.exists()
    code, out, _ = command("delete", "--for-good", OTHER.task_id, "--json")
    assert (code, json.loads(out)) == (0, {"task_id": OTHER.task_id, "gone": True})
    assert command("restore", DONE.task_id)[0] == 2
    assert listed(paths, trashed=True) == []


def test_an_unfinished_task_is_said_to_be_kept_beyond_its_end(command: Command) -> None:
    assert "kept until it ends" in command("show", QUEUED.task_id)[1]


@pytest.mark.parametrize(("words", "days"), [((), 30), (("--keep-days", "7"), 7)])
def test_run_says_for_how_long_its_result_is_kept(words: tuple[str, ...], days: int) -> None:
    given = make_parser().parse_args(["run", "documents", "Summarise", *words])
    assert _request(given).keep_days == days


class Elsewhere(RunningEngine):
    """The engine of another process."""

    told: list[str] = []  # noqa: RUF012 - emptied for each test

    def pin(self, task_id: TaskId) -> PublicTask:
        return self._tell("pin")

    def unpin(self, task_id: TaskId) -> PublicTask:
        return self._tell("unpin")

    def delete(self, task_id: TaskId) -> PublicTask:
        return self._tell("delete")

    def restore(self, task_id: TaskId) -> PublicTask:
        raise Refused("Not now.", hint="Later.", status=409)

    def purge(self, task_id: TaskId) -> None:
        self._tell("purge")

    def _tell(self, name: str) -> PublicTask:
        self.told.append(name)
        return public_by_name(DONE)


@contextmanager
def owned(paths: Paths) -> Iterator[None]:
    """Another process has the folder, and says where it listens."""
    announcement = Announcement(
        address="http://127.0.0.1:1", token="", pid=77, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    with sole_owner(paths):
        publish(paths.engine, announcement)
        yield


def test_where_an_engine_runs_it_is_told(command: Command, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Elsewhere, "told", [])
    monkeypatch.setattr("desktop.api.client.RunningEngine", Elsewhere)
    with owned(paths):
        for words in (["pin"], ["unpin"], ["delete"], ["delete", "--for-good"]):
            assert command(*words, DONE.task_id)[0] == 0
        code, _, err = command("restore", DONE.task_id)
    assert (code, "Not now. Later." in err.replace("\n", " ")) == (1, True)
    assert Elsewhere.told == ["pin", "unpin", "delete", "purge"]
    assert titles(listed(paths)) == ["Task 3", "Lake", "Sea"]  # that one's to write
