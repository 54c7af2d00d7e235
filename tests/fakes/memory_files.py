"""Files of runs in memory."""

import asyncio
import hashlib
import re
from pathlib import Path

from desktop.engine import RunNumber, StorageFailed, StoredFile, TaskId

_FORBIDDEN = re.compile(
    r'[\x00-\x1f<>:"|?*\\\ud800-\udfff]|^/|/$|//|(^|/)\.\.?(/|$)|[. ](/|$)|^$'
    r"|(^|/)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\.[^/]*)?(/|$)",
    re.IGNORECASE,
)


class MemoryFiles:
    """Implements `Files`; `path` names where a file would be, and nothing is there."""

    def __init__(self) -> None:
        self._contents: dict[Path, bytes] = {}

    async def write(self, task_id: TaskId, run: RunNumber, name: str, content: bytes) -> StoredFile:
        """Write a file of a run."""
        self._contents[self.path(task_id, run, name)] = bytes(content)
        await asyncio.sleep(0)  # others get their turn here, as they do while the disk writes
        return StoredFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def read(self, task_id: TaskId, run: RunNumber, name: str) -> bytes:
        """A file's content. Raises `StorageFailed` where it is gone."""
        path = self.path(task_id, run, name)
        await asyncio.sleep(0)
        if path not in self._contents:
            raise StorageFailed(f"The file {name} of task {task_id} is gone.", hint="Retry the task to make it again.")
        return self._contents[path]

    async def remove(self, task_id: TaskId) -> None:
        """Remove all files of all runs of a task."""
        folder = self.path(task_id, RunNumber(1), "any").parent.parent
        await asyncio.sleep(0)
        self._contents = {path: content for path, content in self._contents.items() if folder not in path.parents}

    def path(self, task_id: TaskId, run: RunNumber, name: str) -> Path:
        """Where the file would be."""
        if _FORBIDDEN.search(name) or _FORBIDDEN.search(task_id) or "/" in task_id:
            raise StorageFailed(f"{name!r} is no name for a file of a task.", hint="Use a plain name.")
        return Path("memory", task_id, str(run), *name.split("/"))
