"""Files that came in requests and need a reader: kept in the data folder as long as their task."""

import asyncio
import mimetypes
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from desktop.engine import Engine, Input, StorageFailed, TaskUpdate

_NAME_BYTES: Final = 16
_MOST_NAME_BYTES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came in a request; `name` is one path component that is safe to use."""

    name: str
    stream: BinaryIO


class Uploads:
    """A folder with a folder for each file, so that files keep their names."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder = folder
        self._engine = engine
        self._watches = False
        if folder.is_dir():
            self._watch()

    async def keep(self, files: Iterable[Upload]) -> tuple[Input, ...]:
        """Write the files; they are on disk when this returns. Raises `StorageFailed`, and then none of them is."""
        kept: list[Input] = []
        for file in files:
            self._watch()
            path = self._folder / secrets.token_hex(_NAME_BYTES) / file.name
            kept.append(Input(path=str(path)))
            try:
                await asyncio.to_thread(_write, path, file.stream)
            except OSError as error:
                await self.discard(kept)
                raise StorageFailed(
                    f"The file {file.name} could not be kept ({error.strerror}); nothing was started.",
                    hint="Make room on the disk of the data folder, and send it again.",
                ) from error
        return tuple(kept)

    async def discard(self, inputs: Iterable[Input]) -> None:
        """Remove those of the files that were kept here; others are somebody else's."""
        await asyncio.to_thread(self._remove, tuple(inputs))

    def _watch(self) -> None:
        """From now on, hear which tasks are gone."""
        if not self._watches:
            self._watches = True
            self._engine.subscribe(self._on_update)

    def _on_update(self, update: TaskUpdate) -> None:
        """Remove what belonged to a task that is gone for good; in a thread, since disks take their time."""
        if update.gone and any(self._is_mine(given) for given in update.task.request.inputs):
            threading.Thread(target=self._remove, args=(update.task.request.inputs,), name="remove uploads").start()

    def _remove(self, inputs: Iterable[Input]) -> None:
        for given in inputs:
            if given.path is not None and self._is_mine(given):
                shutil.rmtree(Path(given.path).parent, ignore_errors=True)

    def _is_mine(self, given: Input) -> bool:
        return given.path is not None and Path(given.path).parent.parent == self._folder


def _write(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(mode=0o700, parents=True)
    with path.open("xb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())
    if sys.platform != "win32":  # there folders can't be opened
        for folder in path.parents[:2]:
            _flush(folder)


def _flush(folder: Path) -> None:
    """What the folder holds is on disk when this returns."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def safe_name(given: str, media_type: str) -> str:
    """One path component that is safe to use, as near to the given name as can be."""
    name = PurePosixPath(given.replace("\\", "/")).name
    name = "".join(sign if sign.isprintable() else "_" for sign in name).strip(" .")
    if not name:
        return "document" + (mimetypes.guess_extension(media_type) or ".txt")
    path = PurePosixPath(name)
    suffix = path.suffix.encode()[:_MOST_NAME_BYTES]
    stem = path.stem.encode()[: _MOST_NAME_BYTES - len(suffix)]
    return stem.decode(errors="ignore") + suffix.decode(errors="ignore")
