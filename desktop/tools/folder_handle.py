"""A folder that is open. Whatever is done in it is done by its descriptor, one name at a time, and follows no link.

Whoever turns a folder on the way into a link loses: before it is opened, opening it fails; afterwards what is open is
still the folder that it was. Windows knows no such descriptors. There `CheckedFolder` goes by paths, looks before and
after each use whether a link or a junction came in between, and does not see one that comes and goes in that moment.
"""

import contextlib
import errno
import itertools
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BARE: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | _BARE
"""Without waiting: a pipe that came in place of a file would else hold the thread for ever."""

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BARE
_REPARSE_POINT: Final = 0x400
"""`FILE_ATTRIBUTE_REPARSE_POINT`: links and junctions of Windows."""

_NO_HARD_LINKS: Final = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK))
_NAMES_READ: Final = 100_000


class FolderHandle:
    """An open folder. Everything raises `OSError`; a link is `ELOOP`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def given(cls, path: Path) -> "FolderHandle":
        """The folder by a path that the person gave; links in that are theirs."""
        return cls(os.open(path, _FOLDER))

    def enter(self, name: str) -> "FolderHandle":
        """A folder in this one."""
        return FolderHandle(os.open(name, _FOLDER | _BARE, dir_fd=self._descriptor))

    def identity(self) -> tuple[int, int]:
        """What tells this folder from all others, whatever it is called."""
        found = os.fstat(self._descriptor)
        return found.st_dev, found.st_ino

    def names(self) -> list[str]:
        """The names in it, sorted; of more than 100,000 some."""
        with os.scandir(self._descriptor) as entries:
            return _some(entries)

    def look(self, name: str) -> os.stat_result:
        """What is by that name; a link is a link."""
        path, where = self._at(name)
        found = os.stat(path, follow_symlinks=False, **where)
        if getattr(found, "st_file_attributes", 0) & _REPARSE_POINT:
            raise _no_file()
        return found

    def open(self, name: str) -> int:
        """A descriptor of the file by that name, for reading. Only regular files are opened."""
        before = self.look(name)
        if not stat.S_ISREG(before.st_mode):
            raise _no_file()
        path, where = self._at(name)
        descriptor = os.open(path, _READ, **where)
        opened = os.fstat(descriptor)
        if os.path.samestat(before, opened) and stat.S_ISREG(opened.st_mode):  # numbers of files are used again
            return descriptor
        os.close(descriptor)
        raise _no_file()

    def make(self, name: str) -> None:
        """A new folder."""
        path, where = self._at(name)
        os.mkdir(path, **where)

    def create(self, name: str) -> int:
        """A descriptor of a new file, for writing."""
        path, where = self._at(name)
        return os.open(path, _CREATE, 0o666, **where)

    def rename_to_new(self, name: str, new: str) -> None:
        """Give a file another name that nothing has. Raises `FileExistsError`.

        Where the disk knows no second names the look whether there is one comes a moment before.
        """
        (path, where), (target, _) = self._at(name), self._at(new)
        both = {f"{side}_{key}": value for key, value in where.items() for side in ("src", "dst")}
        if os.name == "nt":
            os.rename(path, target)  # refuses a name that is taken
            return
        try:
            os.link(path, target, follow_symlinks=False, **both)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            with contextlib.suppress(FileNotFoundError):
                os.stat(target, follow_symlinks=False, **where)
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
            os.rename(path, target, **both)
        else:
            os.unlink(path, **where)

    def rename_over(self, name: str, old: str) -> None:
        """Let a file take the place of another. Of a link by that name only the link goes."""
        (path, where), (target, _) = self._at(name), self._at(old)
        os.replace(path, target, **{f"{side}_{key}": value for key, value in where.items() for side in ("src", "dst")})

    def remove(self, name: str) -> None:
        """Remove a file."""
        path, where = self._at(name)
        os.unlink(path, **where)

    def sync(self) -> None:
        """Bring the names in it to the disk, where the system lets folders be synced."""
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Nothing more is done in it."""
        os.close(self._descriptor)

    def __enter__(self) -> "FolderHandle":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _at(self, name: str) -> tuple[str, dict[str, Any]]:
        return name, {"dir_fd": self._descriptor}


class CheckedFolder(FolderHandle):
    """The same by paths, where the system has no other way."""

    def __init__(self, path: str) -> None:
        self._path = path

    @classmethod
    def given(cls, path: Path) -> "CheckedFolder":
        """The folder by a path that the person gave."""
        real = os.path.realpath(path)
        os.scandir(real).close()
        return cls(real)

    def enter(self, name: str) -> "CheckedFolder":
        """A folder in this one."""
        if not stat.S_ISDIR(self.look(name).st_mode):
            raise _no_file()
        entered = CheckedFolder(self._at(name)[0])
        entered.check()
        return entered

    def check(self) -> None:
        """Raise `OSError` where a link has come into the way."""
        if os.path.normcase(os.path.realpath(self._path)) != os.path.normcase(self._path):
            raise _no_file()

    def identity(self) -> tuple[int, int]:
        """What tells this folder from all others."""
        found = os.stat(self._path, follow_symlinks=False)
        return found.st_dev, found.st_ino

    def names(self) -> list[str]:
        """The names in it, sorted; of more than 100,000 some."""
        self.check()
        with os.scandir(self._path) as entries:
            return _some(entries)

    def open(self, name: str) -> int:
        """A descriptor of the file by that name, for reading."""
        descriptor = super().open(name)
        try:
            self.check()
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def sync(self) -> None:
        """Windows brings names to the disk by itself."""

    def close(self) -> None:
        """Nothing is open."""

    def _at(self, name: str) -> tuple[str, dict[str, Any]]:
        self.check()
        return os.path.join(self._path, name), {}


def handle_kind() -> type[FolderHandle]:
    """How folders are opened on this system."""
    return FolderHandle if os.open in os.supports_dir_fd else CheckedFolder


def _some(entries: Iterable[os.DirEntry[str]]) -> list[str]:
    return sorted(entry.name for entry in itertools.islice(entries, _NAMES_READ))


def _no_file() -> OSError:
    return OSError(errno.ELOOP, "is no file or folder of this folder")
