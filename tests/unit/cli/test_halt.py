"""`legwork pause` and `cancel` on a data folder that nobody runs an engine on, and on one that somebody does."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from desktop.api.announcement import Announcement, publish
from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone, Refused
from desktop.api.ownership import is_owned, sole_owner
from desktop.api.representation import PublicTask
from desktop.cli import main, owner
from desktop.cli.archive import public_by_name
from desktop.engine import Change, Task, TaskId, TaskStatus
from desktop.paths import Paths
from desktop.store import open_store
from tests.fakes.engine_double import make_task

Command = Callable[..., tuple[int, str, str]]
QUEUED = make_task(1)
RUNNING = make_task(2, status=TaskStatus.RUNNING)
COMPLETED = make_task(3, status=TaskStatus.COMPLETED)


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capfd.readouterr()

    return call


@pytest.fixture(autouse=True)
def _kept(paths: Paths) -> None:
    """A task in line, one that ran when the program was killed, and one that is completed."""

    async def keep() -> None:
        store = open_store(paths.data)
        for task in (QUEUED, RUNNING, COMPLETED):
            await store.add(Change(task=task))
        await store.close()

    asyncio.run(keep())


def statuses(paths: Paths) -> list[str]:
    async def look() -> list[Task]:
        store = open_store(paths.data, readonly=True)
        tasks = [await store.task(task.task_id) for task in (QUEUED, RUNNING, COMPLETED)]
        await store.close()
        return tasks

    return [task.status.value for task in asyncio.run(look())]


@pytest.mark.parametrize(
    ("words", "left", "said"),
    [
        (("pause", QUEUED.task_id), ["paused", "running", "completed"], f"legwork resume {QUEUED.task_id}"),
        (("cancel", QUEUED.task_id), ["cancelled", "running", "completed"], "cancelled"),
        (("pause", RUNNING.task_id), ["queued", "paused", "completed"], "paused"),
        (("cancel", RUNNING.task_id), ["queued", "cancelled", "completed"], "cancelled"),
    ],
)
def test_the_task_is_marked_and_no_other_is_started(
    command: Command, paths: Paths, words: tuple[str, str], left: list[str], said: str
) -> None:
    for _ in range(2):  # asked again it is so already
        code, out, err = command(*words)
        assert (code, out, said in err) == (0, "", True)
        assert statuses(paths) == left
    assert not is_owned(paths)
    assert not paths.engine.exists()


def test_json_is_the_task_as_it_is_now(command: Command) -> None:
    code, out, err = command("cancel", QUEUED.task_id.lower(), "--json")
    assert (code, json.loads(out)["status"], err) == (0, "cancelled", "")


def test_an_ended_task_is_left_as_it_is(command: Command, paths: Paths) -> None:
    code, _, err = command("cancel", COMPLETED.task_id)
    assert (code, "completed can't become cancelled" in err) == (1, True)
    assert statuses(paths)[2] == "completed"


@pytest.mark.parametrize("name", ["pause", "cancel", "resume", "retry"])
def test_a_task_that_nobody_knows_is_a_wrong_word(
    command: Command, paths: Paths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert command(name, "01K9")[0] == 2
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data / "elsewhere"))
    assert command(name, QUEUED.task_id)[0] == 2
    assert not (paths.data / "elsewhere").exists()


class Elsewhere(RunningEngine):
    """The engine of another process."""

    told: ClassVar[list[str]] = []
    error: ClassVar[Exception | None] = None

    def pause(self, task_id: TaskId) -> PublicTask:
        return self._act("pause", TaskStatus.PAUSED)

    def cancel(self, task_id: TaskId) -> PublicTask:
        return self._act("cancel", TaskStatus.CANCELLED)

    def _act(self, name: str, status: TaskStatus) -> PublicTask:
        self.told.append(name)
        if self.error is not None:
            raise self.error
        return public_by_name(make_task(1, status=status))


@contextmanager
def owned(paths: Paths) -> Iterator[None]:
    """Another process has the folder, and says where it listens."""
    announcement = Announcement(
        address="http://127.0.0.1:1", token="", pid=77, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    with sole_owner(paths):
        publish(paths.engine, announcement)
        yield


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> type[Elsewhere]:
    monkeypatch.setattr(Elsewhere, "told", [])
    monkeypatch.setattr("desktop.api.client.RunningEngine", Elsewhere)
    monkeypatch.setattr(owner, "LOOK_SECONDS", 0.001)
    return Elsewhere


@pytest.mark.parametrize("name", ["pause", "cancel"])
def test_where_an_engine_runs_it_is_told(command: Command, paths: Paths, elsewhere: type[Elsewhere], name: str) -> None:
    with owned(paths):
        assert command(name, QUEUED.task_id)[0] == 0
    assert elsewhere.told == [name]
    assert statuses(paths)[0] == "queued"  # that one's to write


def test_what_it_refuses_is_said(
    command: Command, paths: Paths, elsewhere: type[Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "error", Refused("A task that is completed can't become paused.", status=409))
    with owned(paths):
        code, _, err = command("pause", QUEUED.task_id)
    assert (code, "can't become paused" in err) == (1, True)


def test_where_it_ends_before_it_is_told_the_task_is_marked_here(
    command: Command, paths: Paths, elsewhere: type[Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as held:
        held.enter_context(owned(paths))

        def end(_self: Elsewhere, _task_id: TaskId) -> PublicTask:
            held.close()
            raise EngineGone("It ended.")

        monkeypatch.setattr(elsewhere, "cancel", end)
        assert command("cancel", QUEUED.task_id)[0] == 0
    assert statuses(paths)[0] == "cancelled"
