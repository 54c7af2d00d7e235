"""Where Legwork keeps its data: one folder that only its owner may open."""

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from desktop.engine import RESERVED_BYTES, StorageFailed

DATA_VARIABLE: Final = "LEGWORK_DATA_DIR"
"""The environment variable that moves all data."""

_PROBE_BYTES: Final = 64 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The data folder and what stands where in it."""

    data: Path

    @property
    def database(self) -> Path:
        """The database, named by the store."""
        return self.data / "legwork.db"

    @property
    def has_history(self) -> bool:
        """Whether tasks were kept here: in the database, or in a backup of one that is gone."""
        return self.database.exists() or any((self.data / "backups").glob("*.db"))

    @property
    def passages(self) -> Path:
        """The words of documents that agents searched; it may be removed."""
        return self.data / "passages.db"

    @property
    def runs(self) -> Path:
        """The files of runs."""
        return self.data / "runs"

    @property
    def models(self) -> Path:
        """Weights that the person added."""
        return self.data / "models"

    @property
    def sandbox(self) -> Path:
        """What running code has to make once; it may be removed."""
        return self.data / "sandbox"

    @property
    def accepted_tools(self) -> Path:
        """What the person has accepted of what tool servers say of their tools."""
        return self.data / "accepted_tools.json"

    @property
    def settings(self) -> Path:
        """The person's choices."""
        return self.data / "settings.json"

    @property
    def lock(self) -> Path:
        """Locked by the one process that runs the engine on this folder; the system frees it however that one ends."""
        return self.data / "engine.lock"

    @property
    def owner(self) -> Path:
        """The process id of whoever holds the lock, for messages only."""
        return self.data / "engine.pid"

    @property
    def engine(self) -> Path:
        """Address and token of the running engine."""
        return self.data / "engine.json"

    @property
    def log(self) -> Path:
        """The log file."""
        return self.data / "logs" / "legwork.log"


def find_paths(environment: Mapping[str, str]) -> Paths:
    """The data folder: where `LEGWORK_DATA_DIR` says, else where the system keeps a person's application data."""
    chosen = environment.get(DATA_VARIABLE)
    folder = Path(chosen).expanduser() if chosen else platformdirs.user_data_path("legwork", appauthor=False)
    return Paths(data=folder.absolute())


def prepare(paths: Paths) -> None:
    """Make the data folder where it is missing, and see that it can be written. Raises `StorageFailed`."""
    try:
        _make_private(paths.data)
        for folder in (paths.runs, paths.models):
            folder.mkdir(mode=0o700, exist_ok=True)
        _write_probe(paths.data)
    except OSError as error:
        raise _unusable(paths.data, error) from error
    free = shutil.disk_usage(paths.data).free
    if free < RESERVED_BYTES:
        raise _full(paths.data)


def _make_private(folder: Path) -> None:
    """Make the folder with access for its owner only; one that exists keeps the rights that its owner gave it."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)


def _write_probe(folder: Path) -> None:
    """Write and remove a file. Rights alone don't tell: the disk may be full, or mounted read-only."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(_PROBE_BYTES))
        probe.flush()
        os.fsync(probe.fileno())


def _unusable(folder: Path, error: OSError) -> StorageFailed:
    if error.errno in _FULL:
        return _full(folder)
    return StorageFailed(
        f"The data folder {folder} can't be written ({os.strerror(error.errno or 0)}). Nothing in it was changed.",
        hint=f"Make it writable for you, or set {DATA_VARIABLE} to another folder.",
    )


def _full(folder: Path) -> StorageFailed:
    return StorageFailed(
        f"The disk that holds the data folder {folder} is full. Everything that was kept in it is still there.",
        hint=f"Free some space, or set {DATA_VARIABLE} to a folder on another disk.",
    )
