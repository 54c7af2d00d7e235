"""`legwork export`: results with all their files, in a folder of the person's."""

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from desktop.api.representation import PublicArtifact, to_json
from desktop.cli.archive import Archive, opened_archive, public_by_name
from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.engine import TERMINAL, InvalidRequest, LegworkError, StorageFailed, Task
from desktop.paths import Paths

REPORT: Final = "report.md"
TASK: Final = "task.json"


async def export_tasks(
    paths: Paths, terminal: Terminal, beginnings: Sequence[str], folder: Path, *, as_json: bool
) -> ExitCode:
    """Export each task. One that can't be is named, leaves the others be, and makes the command fail."""
    code = ExitCode.COMPLETED
    async with opened_archive(paths) as archive:
        tasks = {task.task_id: task for task in [await archive.task(beginning) for beginning in beginnings]}
        for task in tasks.values():
            try:
                made = await asyncio.to_thread(_export, archive, task, folder)
            except LegworkError as error:
                terminal.say_error(error)
                code = ExitCode.FAILED
                continue
            if as_json:
                terminal.print_json({"task_id": task.task_id, "folder": str(made)})
            else:
                terminal.say(one_line(task.title))
                terminal.print(str(made))
    return code


def _export(archive: Archive, task: Task, target: Path) -> Path:
    """Make the task's folder, whole or not at all. Raises `InvalidRequest` where it can't be, `StorageFailed`."""
    if public_by_name(task).result is None:
        raise InvalidRequest(
            f"Task {task.task_id} is {task.status} and has no result to export.",
            hint="Retry it to run it again." if task.status in TERMINAL else "Export it once it has ended.",
        )
    made = target / task.task_id
    if made.exists() or made.is_symlink():
        raise InvalidRequest(
            f"There is a {made} already. Nothing in it was changed.", hint="Move it away, or choose another folder."
        )
    part = target / f".{task.task_id}.{secrets.token_hex(4)}.part"
    try:
        target.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        _fill(archive, task, part)
        part.rename(made)
    except OSError as error:
        raise StorageFailed(
            f"The result of {task.task_id} can't be written to {target} ({error.strerror}). It is kept as it was.",
            hint="See that there is room and that you may write there, or choose another folder.",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return made


def _fill(archive: Archive, task: Task, folder: Path) -> None:
    """The artifacts, the report, and all about the task, whose artifacts are named as they lie beside it."""
    shown = public_by_name(task)
    assert shown.result is not None  # noqa: S101 - looked at by the caller
    for artifact in shown.result.artifacts:
        _copy(archive.artifact_path(task, artifact.name), folder.joinpath(*artifact.name.split("/")), artifact)
    report = folder / REPORT
    if not report.exists():
        report.write_text(shown.result.summary.rstrip() + "\n", encoding="utf-8")
    about = folder / TASK
    if about.exists():  # a file of the result has the name
        about = folder / f"{task.task_id}.json"
    about.write_bytes(to_json(shown) + b"\n")


def _copy(source: Path, target: Path, artifact: PublicArtifact) -> None:
    """Copy a file of the result, which must be what was recorded."""
    if source.is_symlink() or not source.is_file():
        raise _lost(artifact, "is gone from the data folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as content, target.open("xb") as out:
        shutil.copyfileobj(content, out)
    with target.open("rb") as copied:
        if hashlib.file_digest(copied, "sha256").hexdigest() != artifact.sha256:
            raise _lost(artifact, "is not what it was when the task ended")


def _lost(artifact: PublicArtifact, what: str) -> StorageFailed:
    return StorageFailed(
        f"The file {one_line(artifact.name)} {what}. Nothing was exported; the task and its summary are kept.",
        hint="Put it back from a backup, or retry the task to make it again.",
    )
