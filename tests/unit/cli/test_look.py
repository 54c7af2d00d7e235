"""Looking at what is kept."""

import asyncio
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.api.announcement import Announcement, publish
from desktop.api.client import RunningEngine
from desktop.api.ownership import sole_owner
from desktop.api.representation import PublicTask
from desktop.cli import main
from desktop.cli.archive import public_by_name
from desktop.engine import (
    Artifact,
    Change,
    Failure,
    LoadedModel,
    Progress,
    Result,
    StepProgress,
    StepStatus,
    Task,
    TaskId,
    TaskStatus,
    Usage,
    Verdict,
    Verification,
    Work,
)
from desktop.paths import Paths
from desktop.store import RunFiles, open_store
from tests.fakes.engine_double import START, make_task

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def kept(paths: Paths) -> list[Task]:
    """Three tasks, of which the first is completed and the second failed."""
    step = StepProgress(name="read", title="Read", work=Work(), total=9, unit="pages", status=StepStatus.DONE, done=9)
    artifact = Artifact(name="report.md", media_type="text/markdown", size=6, sha256="ab")
    result = Result(
        summary="# The sea\n\nwide\n", verification=Verification(verdict=Verdict.NOT_VERIFIED), artifacts=(artifact,)
    )
    completed = replace(
        make_task(1, title="Sea", status=TaskStatus.COMPLETED),
        result=result,
        model="tiny",
        progress=Progress(steps=(step,)),
    )
    failure = Failure(type="CannotComplete", message="It is encrypted.", hint="Remove the password.")
    failed = replace(make_task(2, title="Lake\nside", status=TaskStatus.FAILED), failure=failure)
    tasks = [completed, failed, make_task(30, title="River")]
    asyncio.run(keep(paths, tasks))
    return tasks


async def keep(paths: Paths, tasks: list[Task]) -> None:
    store = open_store(paths.data)
    for task in tasks:
        await store.add(Change(task=task))
    await store.close()
    await RunFiles(paths.runs).write(tasks[0].task_id, tasks[0].run, "artifacts/report.md", b"\xff wide")


def test_tasks_are_listed_one_a_line_newest_first(command: Command, kept: list[Task]) -> None:
    code, out, err = command("list")
    assert (code, err) == (0, "")
    assert [line.split("  ")[-1] for line in out.splitlines()] == ["River", "Lake side", "Sea"]


def test_a_list_is_narrowed_and_paged(command: Command, kept: list[Task]) -> None:
    assert "Sea" in command("list", "--status", "completed", "--kind", "documents")[1]
    _, out, err = command("list", "--limit", "1", "--json")
    assert (json.loads(out)["title"], kept[2].task_id in err) == ("River", True)
    assert command("list", "--after", kept[2].task_id.lower())[1].count("\n") == 2
    assert command("list", "--kind", "nothing") == (0, "", "No tasks.\n")


def test_before_the_first_task_there_is_none(command: Command, paths: Paths) -> None:
    assert command("list") == (0, "", "No tasks.\n")
    code, _, err = command("show", "01K")
    assert (code, "no tasks" in err) == (2, True)


def test_a_task_is_shown_with_its_steps_and_its_check(command: Command, kept: list[Task]) -> None:
    code, out, _ = command("show", kept[0].task_id)
    assert code == 0
    for words in ("Sea", "Completed", "model tiny", "Read 9/9 pages", "unverified", "report.md (6 bytes)"):
        assert words in out
    assert "It is encrypted. Remove the password." in command("show", kept[1].task_id)[1]


def test_the_beginning_of_an_identifier_is_enough(command: Command, kept: list[Task]) -> None:
    assert json.loads(command("show", kept[2].task_id[:25].lower(), "--json")[1])["title"] == "River"


@pytest.mark.parametrize(("beginning", "words"), [("01k", "More than one"), ("02", "No task"), (" ", "No task")])
def test_a_beginning_that_does_not_tell_one_is_refused(
    command: Command, kept: list[Task], beginning: str, words: str
) -> None:
    code, _, err = command("show", beginning)
    assert (code, words in err) == (2, True)


def test_an_identifier_that_nobody_has_is_refused(command: Command, kept: list[Task]) -> None:
    assert command("result", "01K00000000000000000000009")[0] == 2


def test_a_result_is_printed_with_what_is_to_be_known_beside_it(
    command: Command, kept: list[Task], paths: Paths
) -> None:
    code, out, err = command("result", kept[0].task_id)
    assert (code, out) == (0, "# The sea\n\nwide\n")
    assert "unverified" in err
    assert str(paths.runs) in err
    shown = json.loads(command("result", kept[0].task_id, "--json")[1])
    assert Path(shown["artifacts"][0]["url"].removeprefix("file://")).read_bytes() == b"\xff wide"


def test_a_file_of_a_result_is_printed_byte_for_byte(
    paths: Paths, kept: list[Task], monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))
    assert main(["result", kept[0].task_id, "--artifact", "report.md"]) == 0
    assert capfdbinary.readouterr().out == b"\xff wide"


def test_a_file_that_the_result_has_not_is_refused(command: Command, kept: list[Task]) -> None:
    code, _, err = command("result", kept[0].task_id, "--artifact", "../engine.json")
    assert (code, "It has: report.md." in err) == (2, True)


def test_a_task_without_a_result_says_why(command: Command, kept: list[Task]) -> None:
    code, out, err = command("result", kept[1].task_id)
    assert (code, out) == (1, "")
    assert "Remove the password." in err
    assert command("result", kept[2].task_id) == (4, "", "The task is queued.\n")


def test_what_a_cancelled_task_left_is_printed_and_said_to_be_partial_with_the_way_on(
    command: Command, paths: Paths
) -> None:
    read = StepProgress(
        name="read", title="Read", work=Work(), total=1, unit="", status=StepStatus.DONE, done=1, reused=1
    )
    note = StepProgress(name="take note", title="Take notes", work=Work(), total=9, unit="pages", done=4, reused=3)
    progress = Progress(steps=(read, note))
    task = replace(make_task(7, status=TaskStatus.CANCELLED), progress=progress, draft="- wide\n")
    asyncio.run(keep(paths, [task]))
    code, out, err = command("result", task.task_id)
    assert (code, out) == (3, "- wide\n")
    for words in ("unverified", "a part of a result", "“Take notes”, when 4 of 9 pages were done", "was cancelled"):
        assert words in err
    assert f"`legwork retry {task.task_id} --from 'take note'` goes on where it stopped" in err
    assert json.loads(command("result", task.task_id, "--json")[1])["partial"] is True
    _, out, _ = command("show", task.task_id)
    assert "done     Read · 0 s · reused\n" in out
    assert "may be retried from the start, or from: read, take note\n" in out
    assert "pending  Take notes 4/9 pages · 0 s · 3 reused\n" in out


def test_what_a_task_used_is_shown_with_it_and_with_its_result(command: Command, paths: Paths) -> None:
    loaded = LoadedModel(name="ti\nny", context_tokens=4096, slots=4, device="CPU, 2 threads", reason="No card.")
    used = Usage(ran_on=(loaded,), prompt_tokens=900, cached_tokens=400, output_tokens=61, writing_seconds=2.0)
    result = Result(summary="wide", verification=Verification(verdict=Verdict.VERIFIED))
    task = replace(make_task(8, status=TaskStatus.COMPLETED), result=result, model="ti\nny", usage=used)
    asyncio.run(keep(paths, [task]))

    _, out, _ = command("show", task.task_id)
    assert "Ran on: ti ny · CPU, 2 threads\nWhy there: No card.\n" in out
    assert "Read: 900 tokens, 400 of them found in the cache\nWrote: 61 tokens · 30 tok/s\n" in out
    assert "model ti" not in out
    assert json.loads(command("show", task.task_id, "--json")[1])["usage"]["ran_on"][0]["slots"] == 4
    shown = json.loads(command("result", task.task_id, "--json")[1])
    assert (shown["summary"], shown["usage"]["output_tokens"]) == ("wide", 61)


@pytest.mark.parametrize("owned", [True, False])
def test_only_an_engine_that_owns_the_folder_is_asked(
    command: Command, kept: list[Task], paths: Paths, monkeypatch: pytest.MonkeyPatch, owned: bool
) -> None:
    """What a killed engine left says where it listened: by now that may be anybody."""
    asked = []

    class Live(RunningEngine):
        def task(self, task_id: TaskId) -> PublicTask:
            asked.append(task_id)
            return public_by_name(replace(kept[2], title="As it is now"))

    monkeypatch.setattr("desktop.cli.look.RunningEngine", Live)
    announcement = Announcement(address="http://127.0.0.1:1", token="", pid=7, version="0", started_at=START)
    with sole_owner(paths) if owned else nullcontext():
        publish(paths.engine, announcement)
        shown = json.loads(command("show", kept[2].task_id, "--json")[1])
    assert (bool(asked), shown["title"]) == (owned, "As it is now" if owned else "River")


@pytest.mark.expected_log("a defect ended the command")
def test_a_defect_is_told_in_words_and_its_traceback_is_in_the_log(
    command: Command, kept: list[Task], paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_words: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("desktop.cli.look._row", broken)
    code, _, err = command("list")
    assert code == 1
    assert str(paths.log) in err
    assert "Traceback" not in err
    assert "ZeroDivisionError" in paths.log.read_text()


def test_ctrl_c_is_no_defect(command: Command, kept: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("desktop.cli.look._row", interrupted)
    assert command("list") == (3, "", "Interrupted.\n")
