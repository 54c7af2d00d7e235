"""Which files on this machine a program may name in a request: those in folders that the person allowed.

Whoever holds the token may be far away (a phone, a container), and a task tells what is in its files. Legwork's own
window and command line are the person, who may name anything. Nothing hidden below an allowed folder is open, since
that is where keys and passwords lie, nor is Legwork's own data.
"""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from desktop.api.errors import PathNotAllowed
from desktop.engine import Input, TaskRequest


class AllowedFolders:
    """The folders, by their real paths. `private` is closed even inside one of them."""

    def __init__(self, folders: Iterable[str] | None, *, private: Path) -> None:
        chosen = [Path.home()] if folders is None else [Path(folder).expanduser() for folder in folders]
        self._folders = tuple(folder.resolve() for folder in chosen)
        self._private = private.resolve()

    async def admitted(self, request: TaskRequest) -> TaskRequest:
        """The request with the real paths of its files, so that no link can be turned elsewhere afterwards.

        Raises `PathNotAllowed` where one of them, or a link in one of the folders, leads to what is not open.
        """
        return await asyncio.to_thread(self._admitted, request)

    def _admitted(self, request: TaskRequest) -> TaskRequest:
        inputs = tuple(given if given.path is None else self._real(given, given.path) for given in request.inputs)
        model = request.model
        if model is not None and Path(model).is_absolute():
            model = str(self._open(model))
        return replace(request, inputs=inputs, model=model)

    def _real(self, given: Input, path: str) -> Input:
        real = self._open(path)
        for parent, folders, files in os.walk(real):
            folders[:] = [each for each in folders if not each.startswith(".")]
            for link in (Path(parent, file) for file in files if not file.startswith(".")):
                if link.is_symlink():
                    self._open(str(link))
        return replace(given, path=str(real))

    def _open(self, path: str) -> Path:
        try:
            real = Path(path).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a name that no file can have
            raise self._refusal(path) from error
        if not any(_is_open(real, folder) for folder in self._folders) or self._touches_private(real):
            raise self._refusal(path)
        return real

    def _touches_private(self, real: Path) -> bool:
        return real.is_relative_to(self._private) or _is_open(self._private, real)

    def _refusal(self, path: str) -> PathNotAllowed:
        shown = path.encode(errors="replace").decode()
        return PathNotAllowed(
            f"Programs may not name {shown!a}: it is not in a folder that was opened to them, or it is hidden. "
            "Nothing was started.",
            hint="Upload the file instead, or let the person at this machine add its folder to `allowed_folders` in "
            "Legwork's settings.json and start Legwork again.",
        )


def _is_open(path: Path, folder: Path) -> bool:
    """Whether the path lies in the folder, and nothing on the way there is hidden."""
    return path.is_relative_to(folder) and not any(part.startswith(".") for part in path.relative_to(folder).parts)
