"""`legwork export`: whole folders, or none."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cli import main
from desktop.engine import Artifact, Change, Result, Task, TaskStatus, Verdict, Verification
from desktop.paths import Paths
from desktop.store import RunFiles, open_store
from tests.fakes.engine_double import make_task

FILES = {"report.md": b"# The sea\n", "pages/1.md": b"wide", "task.json": b"[]"}
Command = Callable[..., tuple[int, str, str]]


def completed(number: int, files: dict[str, bytes]) -> Task:
    artifacts = tuple(
        Artifact(name=name, media_type="text/plain", size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    )
    result = Result(
        summary="The sea is wide.\n\n", verification=Verification(verdict=Verdict.NOT_VERIFIED), artifacts=artifacts
    )
    return replace(make_task(number, title="Sea", status=TaskStatus.COMPLETED), result=result)


FULL, BARE, QUEUED = completed(1, FILES), completed(2, {}), make_task(3)


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    async def keep() -> None:
        store = open_store(paths.data)
        for task in (FULL, BARE, QUEUED):
            await store.add(Change(task=task))
        await store.close()
        for name, content in FILES.items():
            await RunFiles(paths.runs).write(FULL.task_id, FULL.run, f"artifacts/{name}", content)

    asyncio.run(keep())

    def call(*words: str) -> tuple[int, str, str]:
        code = main(["export", *words])
        return code, *capfd.readouterr()

    return call


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_task_gets_a_folder_with_all_its_files(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    code, said, _ = command(FULL.task_id, BARE.task_id.lower(), "--to", str(out))
    assert (code, said) == (0, f"{out / FULL.task_id}\n{out / BARE.task_id}\n")
    found = content_of(out / FULL.task_id)
    about = json.loads(found.pop(f"{FULL.task_id}.json"))  # the result has a task.json of its own
    assert found == FILES
    assert [artifact["url"] for artifact in about["result"]["artifacts"]] == list(FILES)
    bare = content_of(out / BARE.task_id)
    assert json.loads(bare.pop("task.json"))["title"] == "Sea"
    assert bare == {"report.md": b"The sea is wide.\n"}
    assert sorted(path.name for path in out.iterdir()) == sorted([FULL.task_id, BARE.task_id])


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_nothing_that_is_there_is_overwritten(command: Command, tmp_path: Path, there: str) -> None:
    made = tmp_path / FULL.task_id
    match there:
        case "folder":
            made.mkdir()
        case "file":
            made.write_text("mine")
        case _:
            made.symlink_to(tmp_path / "elsewhere")
    code, _, said = command(FULL.task_id, BARE.task_id, "--to", str(tmp_path), "--json")
    assert (code, "Nothing in it was changed" in said) == (1, True)
    assert not (tmp_path / "elsewhere").exists()
    assert there != "file" or made.read_text() == "mine"
    assert (tmp_path / BARE.task_id / "report.md").exists()


def test_json_is_one_object_for_each_task(command: Command, tmp_path: Path) -> None:
    out = command(FULL.task_id, BARE.task_id, FULL.task_id, "--to", str(tmp_path / "out"), "--json")[1]
    assert [json.loads(line) for line in out.splitlines()] == [
        {"task_id": task.task_id, "folder": str(tmp_path / "out" / task.task_id)} for task in (FULL, BARE)
    ]


def test_a_task_without_a_result_is_named(command: Command, tmp_path: Path) -> None:
    code, _, said = command(QUEUED.task_id, "--to", str(tmp_path / "out"))
    assert (code, "is queued and has no result" in said) == (1, True)
    assert not (tmp_path / "out").exists()


def test_a_file_that_was_changed_lost_or_led_elsewhere_is_not_passed_on(
    command: Command, paths: Paths, tmp_path: Path
) -> None:
    page = RunFiles(paths.runs).path(FULL.task_id, FULL.run, "artifacts/pages/1.md")
    (tmp_path / "secret").write_bytes(FILES["pages/1.md"])
    for spoil, words in (
        (lambda: page.write_bytes(b"wise"), "not what it was"),
        (page.unlink, "is gone"),
        (lambda: page.symlink_to(tmp_path / "secret"), "is gone"),
    ):
        spoil()
        code, _, said = command(FULL.task_id, "--to", str(tmp_path / "out"))
        assert (code, words in said, "pages/1.md" in said) == (1, True, True)
        assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_can_not_be_made_is_told_of(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, said = command(BARE.task_id, "--to", str(tmp_path / "file" / "out"))
    assert (code, "can't be written" in said) == (1, True)
