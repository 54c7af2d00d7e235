"""Models that stay where they are: a list of names and paths in the models folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock

from desktop.engine import StorageFailed

_FILE: Final = "linked.json"


class Link(msgspec.Struct, kw_only=True, frozen=True):
    """A model elsewhere on this machine, by the name that the person knows it by."""

    name: str
    path: str


class Links:
    """The list; several processes may change it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / _FILE
        self._lock = folder / f"{_FILE}.lock"

    def read(self) -> tuple[Link, ...]:
        """All of them, in the order in which they came."""
        try:
            return tuple(msgspec.json.decode(self._path.read_bytes(), type=list[Link]))
        except (OSError, msgspec.DecodeError):
            return ()

    def add(self, link: Link) -> None:
        """Remember one more. Raises `StorageFailed`."""
        self._change(lambda links: [*links, link])

    def remove(self, name: str) -> None:
        """Forget it. Raises `StorageFailed`."""
        self._change(lambda links: [link for link in links if link.name != name])

    def _change(self, change: Callable[[list[Link]], list[Link]]) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._lock, timeout=10):
                new = self._path.with_suffix(".new")
                new.write_bytes(msgspec.json.encode(change(list(self.read()))))
                new.replace(self._path)
        except OSError as error:
            raise StorageFailed(
                f"The list of models in {self._folder} can't be written ({error.strerror or error}). It is as it was.",
                hint="See that the data folder is writable and its disk not full.",
            ) from error
