"""Files that came in requests and need a reader: kept in the data folder until their task is deleted."""

import asyncio
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from desktop.api.openai.input_file import InputFile
from desktop.engine import Input, StorageFailed

_NAME_BYTES: Final = 16


class Uploads:
    """A folder with a folder for each file, so that files keep their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, files: Iterable[InputFile]) -> tuple[Input, ...]:
        """Write the files; they are on disk when this returns. Raises `StorageFailed`, and then none of them is."""
        kept: list[Input] = []
        for file in files:
            path = self._folder / secrets.token_hex(_NAME_BYTES) / file.name
            kept.append(Input(path=str(path)))
            try:
                await asyncio.to_thread(_write, path, file.content)
            except OSError as error:
                await self.discard(kept)
                raise StorageFailed(
                    f"The file {file.name} could not be kept ({error.strerror}); nothing was started.",
                    hint="Make room on the disk of the data folder, and send it again.",
                ) from error
        return tuple(kept)

    async def discard(self, inputs: Iterable[Input]) -> None:
        """Remove those of the files that were kept here; others are somebody else's."""
        paths = [Path(given.path) for given in inputs if given.path is not None]
        for path in paths:
            if path.parent.parent == self._folder:
                await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
