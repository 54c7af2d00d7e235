"""What is remembered of a download between starts: a folder of its own, with a note and the parts."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock, Timeout

from desktop.models.downloading.errors import DownloadFailed
from desktop.models.downloading.hub_file import HubModel
from desktop.models.downloading.part_file import bytes_kept

FOLDER: Final = "downloads"
_NOTE: Final = "download.json"


class Record(msgspec.Struct, kw_only=True):
    """A download that is not completed."""

    name: str  # of the model, for a person
    repository: str
    files: tuple[str, ...]
    commit: str = ""  # the version of the repository that was begun with
    total: int = 0  # bytes of all files
    wanted: bool = True  # it goes on at the next start; False: the person paused it

    @property
    def model(self) -> HubModel:
        """What is downloaded."""
        return HubModel(repository=self.repository, files=self.files)


class RecordFolder:
    """The folder of one download. Blocking; everything may raise `OSError`."""

    def __init__(self, models_folder: Path, key: str) -> None:
        self.models_folder = models_folder
        self.key = key
        self.path = models_folder / FOLDER / key
        self._lock = self.path.with_name(f"{key}.lock")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the download: two at one part would spoil it. Raises `DownloadFailed` where somebody else does."""
        lock = FileLock(self._lock, timeout=0, thread_local=False)
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as taken:
            raise DownloadFailed(
                "Another Legwork works at this download right now.", hint="Wait for it, or pause it there."
            ) from taken
        try:
            yield
        finally:
            lock.release()

    def part(self, file: str) -> Path:
        """Where the bytes of a file are collected."""
        return self.path / f"{Path(file).name}.part"

    def target(self, file: str) -> Path:
        """Where the file goes in the end."""
        return self.models_folder / Path(file).name

    def read(self) -> Record | None:
        """What was remembered; None where there is no such download."""
        try:
            return msgspec.json.decode((self.path / _NOTE).read_bytes(), type=Record)
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
            return None

    def write(self, record: Record) -> None:
        """Remember it, whole or not at all."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path / f"{_NOTE}.new"
        with new.open("wb") as out:
            out.write(msgspec.json.encode(record))
            out.flush()
            os.fsync(out.fileno())
        new.replace(self.path / _NOTE)

    def kept(self, record: Record) -> int:
        """How many bytes of it are on disk."""
        return sum(self.kept_of(file) for file in record.files)

    def kept_of(self, file: str) -> int:
        """How many bytes of one of its files are on disk."""
        target = self.target(file)
        return target.stat().st_size if target.exists() else bytes_kept(self.part(file))

    def remove(self) -> None:
        """Forget the download and what was loaded of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):  # on Windows nobody removes what is open
            self._lock.unlink(missing_ok=True)


def all_records(models_folder: Path) -> dict[str, Record]:
    """Every download that is not completed, by its key."""
    folders = (RecordFolder(models_folder, path.parent.name) for path in models_folder.glob(f"{FOLDER}/*/{_NOTE}"))
    read = {folder.key: folder.read() for folder in folders}
    return {key: record for key, record in sorted(read.items()) if record is not None}
