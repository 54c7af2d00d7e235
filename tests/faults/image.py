"""What a data folder holds at a moment when no process works on it: read from a copy, so that the next start finds the
folder as the last one left it.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from desktop.engine import EVENT_TYPES, Event, RunNumber, Task, TaskId
from desktop.paths import Paths
from desktop.store import RunFiles
from desktop.store.tables import decode_event, decode_task
from tests.faults.executions import Key

SUFFIXES: Final = ("", "-wal")  # the third file, -shm, is made anew from these


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An entry of the journal."""

    key: Key
    item: str  # "" for a step without items
    result: bytes

    @property
    def is_work(self) -> bool:
        """Whether it is what a step or an item gave, and not what the engine itself noted: answers, intents, offers."""
        return bool(self.key.step) and (not self.item or self.item.isdigit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The database at that moment."""

    integrity: str  # "ok", or what SQLite finds
    tasks: dict[TaskId, Task]
    events: dict[TaskId, list[tuple[int, Event]]]
    journal: list[Remembered]


def take(paths: Paths) -> Image:
    """The image of a data folder; an empty one where there is no database yet."""
    if not paths.database.exists():
        return Image(integrity="ok", tasks={}, events={}, journal=[])
    with tempfile.TemporaryDirectory(prefix="legwork-image-") as name:
        copy = Path(name) / paths.database.name
        for suffix in SUFFIXES:
            if (found := paths.database.with_name(paths.database.name + suffix)).exists():
                shutil.copyfile(found, copy.with_name(copy.name + suffix))
        with closing(apsw.Connection(str(copy))) as database:
            return _read(database)


def lost_files(image: Image, paths: Paths) -> Iterator[str]:
    """Artifacts that are not what their result says."""
    files = RunFiles(paths.runs)
    for task in image.tasks.values():
        for artifact in () if task.result is None else task.result.artifacts:
            path = files.path(task.task_id, task.run, f"artifacts/{artifact.name}")
            content = path.read_bytes() if path.exists() else b""
            if (len(content), hashlib.sha256(content).hexdigest()) != (artifact.size, artifact.sha256):
                yield f"{task.task_id}: {artifact.name} is not what the result says"


def debris(paths: Paths) -> Iterator[str]:
    """Half-written files that nobody will finish."""
    for path in paths.runs.rglob("*"):
        if path.is_file() and path.suffix in (".part", ".new"):
            yield f"{path.relative_to(paths.data)} was left behind"


def _read(database: apsw.Connection) -> Image:
    integrity = "; ".join(str(row[0]) for row in database.execute("PRAGMA integrity_check"))
    names: dict[int, TaskId] = {}
    tasks: dict[TaskId, Task] = {}
    query = "SELECT number, body, state FROM tasks JOIN requests ON requests.task = tasks.number ORDER BY number"
    for number, body, state in database.execute(query):
        task = decode_task(body, state)
        names[number], tasks[task.task_id] = task.task_id, task
    events: dict[TaskId, list[tuple[int, Event]]] = {task_id: [] for task_id in tasks}
    for number, place, kind, body in database.execute("SELECT task, number, type, body FROM events ORDER BY 1, 2"):
        assert kind in EVENT_TYPES
        events[names[number]].append((place, decode_event(kind, body)))
    journal = [
        Remembered(
            key=Key(task_id=names[number], run=RunNumber(run), step=step, inputs_hash=digest), item=item, result=result
        )
        for number, run, step, item, digest, result in database.execute(
            "SELECT task, run, step, item, inputs_hash, result FROM journal"
        )
    ]
    return Image(integrity=integrity, tasks=tasks, events=events, journal=journal)
