"""A file that is being downloaded: `NAME.part`, and beside it in `NAME.part.json` what is known of it.

Only what is known to be on disk counts after a crash: the file is cut back to that, and read again for its hash.
"""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import IO, Final

import msgspec

from desktop.models.downloading.hub_file import HubFile

SYNC_BYTES: Final = 32 * 2**20
"""After so many bytes they are brought to the disk: a crash costs no more than these."""
_READ_BYTES: Final = 16 * 2**20


class _Known(msgspec.Struct, kw_only=True):
    """What is known of the part beside its bytes."""

    sha256: str  # that it is to have
    size: int  # that it is to have
    kept: int = 0  # bytes that are surely on disk
    etag: str = ""  # by which the server that sent them calls this version of the file
    checked: bool = False  # it is whole, and has the hash


class PartFile:
    """Blocking, so threads use it, one at a time. Everything may raise `OSError`."""

    def __init__(self, path: Path, wanted: HubFile) -> None:
        self.path = path
        self._note = path.with_name(f"{path.name}.json")
        self._wanted = wanted
        self._known = _Known(sha256=wanted.sha256, size=wanted.size)
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self._unread = 0  # bytes of before that the hash has not seen yet

    @property
    def size(self) -> int:
        """How many bytes are there."""
        return self._unread if self._file is None else self._file.tell() + self._unread

    @property
    def etag(self) -> str:
        """By which the server that sent the bytes calls this version of the file; empty where it gave no name."""
        return self._known.etag

    @property
    def is_checked(self) -> bool:
        """Whether the file is whole and was found to have its hash."""
        return self._known.checked

    def open(self) -> None:
        """Take up what is there of the wanted file. `read_on` must follow until all of it is read."""
        self._file = self.path.open("r+b" if self.path.exists() else "w+b")
        known = self._noted()
        there = os.fstat(self._file.fileno()).st_size
        if known is None or (known.sha256, known.size) != (self._wanted.sha256, self._wanted.size):
            self.restart()
            return
        kept = min(known.kept, there, self._wanted.size)
        self._known = known
        self._known.checked = known.checked and kept == self._wanted.size == there
        self._file.truncate(kept)
        if self._known.checked:
            self._file.seek(kept)
            return
        self._unread = kept

    def read_on(self) -> bool:
        """Read a piece of what is there from before into the hash; whether there is more."""
        file = self._opened()
        content = file.read(min(_READ_BYTES, self._unread))
        self._hash.update(content)
        self._unread -= len(content)
        if not content:
            self._unread = 0
        return self._unread > 0

    def name_version(self, etag: str) -> None:
        """Remember by which name the server calls the version that the bytes come from."""
        self._known.etag = etag
        self._write_note()

    def append(self, content: bytes) -> None:
        """Write bytes to the end."""
        file = self._opened()
        file.write(content)
        self._hash.update(content)
        if file.tell() - self._known.kept >= SYNC_BYTES:
            self.sync()

    def sync(self) -> None:
        """Bring everything to the disk, and remember how much that is."""
        file = self._opened()
        file.flush()
        os.fsync(file.fileno())
        self._known.kept = file.tell()
        self._write_note()

    def restart(self) -> None:
        """Throw away what is there."""
        file = self._opened()
        self._known = _Known(sha256=self._wanted.sha256, size=self._wanted.size)
        self._write_note()
        file.seek(0)
        file.truncate()
        self._hash = hashlib.sha256()
        self._unread = 0

    def check(self) -> bool:
        """Whether the whole file has the hash that it is to have; remembered where it does."""
        self.sync()
        self._known.checked = self._hash.hexdigest() == self._wanted.sha256
        self._write_note()
        return self._known.checked

    def close(self) -> None:
        """Keep what is there, to be taken up again."""
        if self._file is None:
            return
        try:
            if not self._unread and not self._known.checked:
                self.sync()
        finally:
            self._file.close()
            self._file = None

    def place(self, target: Path) -> None:
        """Give the checked file its name, at once."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)

    def _opened(self) -> IO[bytes]:
        assert self._file is not None  # noqa: S101 - opened before
        return self._file

    def _noted(self) -> _Known | None:
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=_Known)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _write_note(self) -> None:
        new = self._note.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(self._known))
        new.replace(self._note)


def bytes_kept(path: Path) -> int:
    """How many bytes of a part are on disk, without opening it."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        known = msgspec.json.decode(path.with_name(f"{path.name}.json").read_bytes(), type=_Known)
        return min(known.kept, path.stat().st_size)
    return 0
