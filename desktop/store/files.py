"""The files of runs, in folders beside the database."""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from desktop.engine import RunNumber, StorageFailed, StoredFile, TaskId
from desktop.store.daemon_thread import DaemonThread
from desktop.store.failures import os_failure
from desktop.store.folders import sync_folders

T = TypeVar("T")

_FORBIDDEN: Final = re.compile(
    r'[\x00-\x1f<>:"|?*\\\ud800-\udfff]|^/|/$|//|(^|/)\.\.?(/|$)|[. ](/|$)|^$'
    r"|(^|/)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\.[^/]*)?(/|$)",
    re.IGNORECASE,
)
"""What no file may be called on any system that Legwork runs on, and what would lead out of the folder."""

_PART: Final = ".part"
"""How the name of a file ends that is not whole yet."""


class RunFiles:
    """Implements the engine's `Files` in `folder/<task>/<run>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, task_id: TaskId, run: RunNumber, name: str, content: bytes) -> StoredFile:
        """Write a file of a run: whole and synced, or not at all. Raises `StorageFailed`."""
        path = self.path(task_id, run, name)
        try:
            await _off_the_loop(_write, self._folder, path, content)
        except OSError as error:
            raise os_failure(error, self._folder, needed=len(content)) from error
        return StoredFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def read(self, task_id: TaskId, run: RunNumber, name: str) -> bytes:
        """A file's content. Raises `StorageFailed` where it is gone."""
        path = self.path(task_id, run, name)
        try:
            return await _off_the_loop(path.read_bytes)
        except FileNotFoundError:
            raise StorageFailed(
                f"The file {name} of task {task_id} is gone.", hint="Retry the task to make it again."
            ) from None
        except OSError as error:
            raise os_failure(error, self._folder) from error

    async def tidy(self, task_id: TaskId, run: RunNumber) -> None:
        """Remove what writes left that were cut off by the end of the program. What can't be removed stays."""
        await _off_the_loop(_tidy, self._folder / task_id / str(run))

    async def remove(self, task_id: TaskId) -> None:
        """Remove all files of all runs of a task, if there are any. Raises `StorageFailed`; then some may be left."""
        folder = self.path(task_id, RunNumber(1), "any").parent.parent
        try:
            await _off_the_loop(_remove, folder)
        except OSError as error:
            raise os_failure(error, self._folder) from error

    async def carry_over(self, task_id: TaskId, earlier: RunNumber, run: RunNumber) -> None:
        """Let `run` have the files of an earlier one too: as links where the disk knows them, else as copies.

        A file that is replaced later gets a new place on the disk, so neither run changes the other's. Raises
        `StorageFailed`.
        """
        source, target = (self.path(task_id, each, "_").parent for each in (earlier, run))
        try:
            await _off_the_loop(_carry_over, self._folder, source, target)
        except OSError as error:
            raise os_failure(error, self._folder) from error

    def path(self, task_id: TaskId, run: RunNumber, name: str) -> Path:
        """Where the file is. Raises `StorageFailed` for a name that would lead elsewhere."""
        if _FORBIDDEN.search(name) or _FORBIDDEN.search(task_id) or "/" in task_id:
            raise StorageFailed(f"{name!r} is no name for a file of a task.", hint="Use a plain name.")
        return self._folder.joinpath(task_id, str(run), *name.split("/"))


def _tidy(folder: Path) -> None:
    with suppress(OSError):
        for part in folder.rglob(f".*{_PART}"):
            part.unlink(missing_ok=True)


async def _off_the_loop(function: Callable[..., T], *arguments: object) -> T:
    """Call it on a thread of its own, which ends with it: one that hangs is in nobody's way."""
    thread = DaemonThread("run-file")
    try:
        return await asyncio.wrap_future(thread.submit(function, *arguments))
    finally:
        thread.end()


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _write(folder: Path, path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(8)}{_PART}")
    try:
        with part.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    # all of them each time: who made a folder that is there already may not have come to sync it
    sync_folders(path.parent, folder.parent)


def _carry_over(folder: Path, source: Path, target: Path) -> None:
    missing = [(path, target / path.relative_to(source)) for path in sorted(source.rglob("*")) if _is_whole_file(path)]
    missing = [(path, copy) for path, copy in missing if not copy.exists()]
    for path, copy in missing:
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, copy)
        except FileExistsError:  # it was written meanwhile, and what this run wrote itself holds
            continue
        except OSError:
            _write(folder, copy, path.read_bytes())
    for parent in {copy.parent for _, copy in missing}:
        sync_folders(parent, folder.parent)


def _is_whole_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not (path.name.startswith(".") and path.suffix == ".part")
