"""The engine with its real adapters, without a window."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from desktop.api.announcement import read_announcement
from desktop.api.client import RunningEngine
from desktop.api.errors import HandoverFailed
from desktop.api.ownership import is_owned, owner_in_words, sole_owner
from desktop.api.second_start import SecondStart
from desktop.engine import (
    DataFolderInUse,
    Engine,
    Input,
    InvalidRequest,
    PlannedStep,
    Result,
    Run,
    Source,
    StorageFailed,
    Task,
    TaskId,
    TaskQuery,
    TaskRequest,
    TaskStatus,
    ToolCall,
    Verdict,
    Verification,
    tool_rules,
)
from desktop.headless import Parts, opened_engine
from desktop.paths import Paths, prepare
from desktop.settings import Settings
from desktop.tools.servers import ServerChoice
from tests.fakes.tiny_gguf import write_tiny_model

QUIET = Settings(notifications=False, max_running=1)
REQUEST = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text="The sea is wide."),))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(data=tmp_path / "data")


async def announced(paths: Paths) -> RunningEngine:
    async with asyncio.timeout(30):
        while (announcement := read_announcement(paths.engine)) is None:  # noqa: ASYNC110 - a file tells of nothing
            await asyncio.sleep(0.01)
    return RunningEngine(announcement)


async def test_the_engine_keeps_what_it_accepted_for_the_next_start(paths: Paths) -> None:
    async with opened_engine(paths, QUIET) as engine:
        task = await engine.submit(REQUEST)
        await engine.pause(task.task_id)
    async with opened_engine(paths, QUIET) as engine:
        assert (await engine.task(task.task_id)).status is TaskStatus.PAUSED


Submit = Callable[[Paths, Engine], Awaitable[TaskId]]


async def submit_here(_paths: Paths, engine: Engine) -> TaskId:
    return (await engine.submit(REQUEST)).task_id


async def submit_over_http(paths: Paths, _engine: Engine) -> TaskId:
    other = await announced(paths)
    return (await asyncio.to_thread(other.submit, REQUEST)).task_id


@pytest.mark.parametrize("submit", [submit_here, submit_over_http])
async def test_whoever_names_no_model_gets_the_default_one_of_the_settings(paths: Paths, submit: Submit) -> None:
    paths.models.mkdir(parents=True)
    write_tiny_model(paths.models / "chosen.gguf")
    (paths.models / "larger.gguf").write_bytes(bytes(10**7))
    began = asyncio.Event()
    async with opened_engine(paths, replace(QUIET, default_model="chosen")) as engine:
        engine.subscribe(lambda update: began.set() if update.task.status is TaskStatus.RUNNING else None)
        task_id = await submit(paths, engine)
        await began.wait()
        assert (await engine.task(task_id)).model == "chosen"
        await engine.cancel(task_id)


async def test_it_answers_other_processes_and_raises_the_window_for_them(paths: Paths) -> None:
    raised = asyncio.Event()
    async with opened_engine(paths, Settings(), second_start=SecondStart(raise_window=raised.set)):
        other = await announced(paths)
        await asyncio.to_thread(other.raise_window)
        assert raised.is_set()
    assert not paths.engine.exists()
    assert not paths.owner.exists()


async def test_a_second_engine_is_refused_with_the_process_that_has_the_folder(paths: Paths) -> None:
    async with opened_engine(paths, QUIET):
        assert is_owned(paths)
        with pytest.raises(DataFolderInUse, match=f"process {os.getpid()}") as taken:
            async with opened_engine(paths, QUIET):
                pass
        assert taken.value.hint
        assert is_owned(paths)
    assert not is_owned(paths)


async def test_a_port_that_is_taken_leaves_nothing_behind(paths: Paths) -> None:
    listening = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    async with listening:
        with pytest.raises(HandoverFailed, match="can't be used"):
            async with opened_engine(paths, QUIET, serve_port=listening.sockets[0].getsockname()[1]):
                pass
    assert not is_owned(paths)


@pytest.mark.expected_log("the loopback server ended")
async def test_an_engine_whose_server_fails_goes_on_working(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = asyncio.Event()

    def broken() -> None:
        failed_in.call_soon_threadsafe(failed.set)
        raise ImportError("no framework")

    failed_in = asyncio.get_running_loop()
    monkeypatch.setattr("desktop.api.server._import_framework", broken)
    async with opened_engine(paths, QUIET) as engine:
        await failed.wait()
        assert (await engine.submit(REQUEST)).task_id


async def test_a_window_has_its_list_before_the_server_is_imported(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports: list[str] = []
    monkeypatch.setattr("desktop.api.server._import_framework", lambda: imports.append("framework"))
    async with opened_engine(paths, QUIET, serve_after=3600) as engine:
        assert not (await engine.find(TaskQuery())).tasks
        assert not imports


HOLD = """
import sys, pathlib
from desktop.api.ownership import sole_owner
from desktop.paths import Paths
with sole_owner(Paths(data=pathlib.Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_killed_process_is_no_obstacle(paths: Paths) -> None:
    prepare(paths)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(paths.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_owned(paths)
        assert owner_in_words(paths) == f"process {holder.pid}"
        holder.kill()
    assert not is_owned(paths)
    with sole_owner(paths):
        assert owner_in_words(paths) == f"process {os.getpid()}"
    assert owner_in_words(paths) == "another process"


def test_a_folder_that_cannot_be_locked_is_said(paths: Paths) -> None:
    prepare(paths)
    paths.lock.mkdir()
    with pytest.raises(StorageFailed, match="can't be locked"), sole_owner(paths):
        pass
    assert not is_owned(paths)


def test_what_a_killed_process_announced_goes_with_the_next_owner(paths: Paths) -> None:
    prepare(paths)
    paths.engine.write_text("where anybody may listen by now")
    with sole_owner(paths):
        assert not paths.engine.exists()


def test_a_name_that_cannot_be_written_down_keeps_nobody_from_owning(paths: Paths) -> None:
    prepare(paths)
    for path in (paths.owner, paths.engine):
        path.mkdir()
    with sole_owner(paths):
        assert is_owned(paths)


def test_a_folder_that_nobody_used_is_nobodys(paths: Paths) -> None:
    assert not is_owned(paths)


def test_the_engine_needs_neither_qt_nor_anything_of_the_web_to_begin() -> None:
    code = "import sys, desktop.headless; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"PySide6", "fastapi", "starlette", "uvicorn", "aiohttp", "plyer", "xllamacpp", "ulid"} & set(loaded)


class Scribe:
    """An agent that writes a file into the folder that it was given."""

    kind: ClassVar[str] = "scribe"
    title: ClassVar[str] = ""

    def check(self, request: TaskRequest) -> None:
        tool_rules(request)

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        return ()

    async def carry_out(self, run: Run) -> Result:
        call = ToolCall(tool="write_file", arguments={"path": "notes/new.txt", "content": "Wide.\n"})
        output = await run.tools.use("write", call)
        return Result(summary=output.text, verification=Verification(verdict=Verdict.NOT_VERIFIED))


async def test_a_file_is_written_as_the_person_saw_it_and_allowed_after_a_restart(paths: Paths, tmp_path: Path) -> None:
    paths.models.mkdir(parents=True)
    write_tiny_model(paths.models / "tiny.gguf")
    (tmp_path / "notes").mkdir()
    parts = Parts(agents=(Scribe(),))
    request = TaskRequest(kind="scribe", goal="Write.", inputs=(Input(path=str(tmp_path / "notes")),))
    async with opened_engine(paths, QUIET, parts=parts) as engine:
        task = await engine.submit(request)
        asked = await until(engine, task.task_id, TaskStatus.WAITING)
        assert asked.question is not None
        assert asked.question.details.endswith("@@ -0,0 +1 @@\n+Wide.")
        assert not (tmp_path / "notes" / "new.txt").exists()
    async with opened_engine(paths, QUIET, parts=parts) as engine:
        await engine.answer(task.task_id, "Do it")
        done = await until(engine, task.task_id, TaskStatus.COMPLETED)
    assert done.result is not None
    assert done.result.summary.startswith("notes/new.txt is written")
    assert (tmp_path / "notes" / "new.txt").read_text() == "Wide.\n"


async def until(engine: Engine, task_id: TaskId, status: TaskStatus) -> Task:
    """The task, once it is in that status."""
    reached = asyncio.Event()
    engine.subscribe(lambda update: reached.set() if update.task.status is status else None)
    if (await engine.task(task_id)).status is not status:
        async with asyncio.timeout(60):
            await reached.wait()
    return await engine.task(task_id)


async def test_a_task_for_a_server_that_is_not_switched_on_is_refused(paths: Paths) -> None:
    servers = (ServerChoice(name="time", command="tick"), ServerChoice(name="mail", command="post", enabled=False))
    async with opened_engine(paths, replace(QUIET, tool_servers=servers)) as engine:
        for named in ("mail", "tide"):
            with pytest.raises(InvalidRequest, match=f"no tool server “{named}”"):
                await engine.submit(TaskRequest(kind="assistant", goal="Do it", options={"servers": named}))
