"""The files of runs, in folders beside the database."""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from desktop.engine import RunNumber, StorageFailed, StoredFile, TaskId
from desktop.store.failures import os_failure
from desktop.store.folders import sync_folders

_FORBIDDEN: Final = re.compile(
    r'[\x00-\x1f<>:"|?*\\\ud800-\udfff]|^/|/$|//|(^|/)\.\.?(/|$)|[. ](/|$)|^$'
    r"|(^|/)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\.[^/]*)?(/|$)",
    re.IGNORECASE,
)
"""What no file may be called on any system that Legwork runs on, and what would lead out of the folder."""


class RunFiles:
    """Implements the engine's `Files` in `folder/<task>/<run>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, task_id: TaskId, run: RunNumber, name: str, content: bytes) -> StoredFile:
        """Write a file of a run: whole and synced, or not at all. Raises `StorageFailed`."""
        path = self.path(task_id, run, name)
        try:
            await asyncio.to_thread(_write, self._folder, path, content)
        except OSError as error:
            raise os_failure(error, self._folder) from error
        return StoredFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def read(self, task_id: TaskId, run: RunNumber, name: str) -> bytes:
        """A file's content. Raises `StorageFailed` where it is gone."""
        path = self.path(task_id, run, name)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise StorageFailed(
                f"The file {name} of task {task_id} is gone.", hint="Retry the task to make it again."
            ) from None
        except OSError as error:
            raise os_failure(error, self._folder) from error

    async def remove(self, task_id: TaskId) -> None:
        """Remove all files of all runs of a task, if there are any. Raises `StorageFailed`; then some may be left."""
        folder = self.path(task_id, RunNumber(1), "any").parent.parent
        try:
            await asyncio.to_thread(_remove, folder)
        except OSError as error:
            raise os_failure(error, self._folder) from error

    def path(self, task_id: TaskId, run: RunNumber, name: str) -> Path:
        """Where the file is. Raises `StorageFailed` for a name that would lead elsewhere."""
        if _FORBIDDEN.search(name) or _FORBIDDEN.search(task_id) or "/" in task_id:
            raise StorageFailed(f"{name!r} is no name for a file of a task.", hint="Use a plain name.")
        return self._folder.joinpath(task_id, str(run), *name.split("/"))


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _write(folder: Path, path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
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
