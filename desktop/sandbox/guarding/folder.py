"""The folder that a sandboxed program works in."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

MOST_FILES: Final = 10_000
FILES_HANDED_OVER: Final = 500
DEEPEST: Final = 40
BLOCK: Final = 512  # bytes, of `st_blocks`


class WorkFolder:
    """Held open: it is there even when the file system around it is gone."""

    def __init__(self, handle: int, *, own_disk: bool, most_bytes: int) -> None:
        self._handle = handle
        self._own_disk = own_disk
        self._most_bytes = most_bytes
        self._inodes_at_first = os.fstatvfs(handle).f_ffree

    def put(self, files: Mapping[str, bytes], uid: int | None) -> None:
        """Write the files, for that user where one is named."""
        for name, content in files.items():
            above = name.split("/")[:-1]
            for depth in range(len(above)):
                with suppress(FileExistsError):
                    os.mkdir("/".join(above[: depth + 1]), 0o755, dir_fd=self._handle)
                    self._give("/".join(above[: depth + 1]), uid)
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=self._handle)
            with os.fdopen(file, "wb") as opened:
                opened.write(content)
            self._give(name, uid)

    def _give(self, name: str, uid: int | None) -> None:
        if uid is not None:
            os.chown(name, uid, uid, dir_fd=self._handle)

    def is_full(self, pids: Iterable[int]) -> bool:
        """Whether the program, which consists of these processes, has used up what it may."""
        if self._own_disk:
            use = os.fstatvfs(self._handle)
            return not use.f_bfree or self._inodes_at_first - use.f_ffree > MOST_FILES
        use_around = self._used_around()
        return use_around is None or use_around + sum(map(_deleted_but_open, pids)) >= self._most_bytes

    def _used_around(self) -> int | None:
        """Bytes in the folder around this one; None where they can't be counted, or are in too many files."""
        total = 0
        try:
            for count, (_, status) in enumerate(_walk(self._handle, "..")):
                total += status.st_blocks * BLOCK
                if count > MOST_FILES:
                    return None
        except OSError:
            return None
        return total

    def changed(self, before: Mapping[str, bytes]) -> tuple[dict[str, bytes], bool]:
        """The files that are not as they were before, and whether some were left out. Nothing may be running."""
        found: dict[str, bytes] = {}
        left_out, room = False, self._most_bytes
        try:
            for path, status in _walk(self._handle, "."):
                name = path.removeprefix("./")
                if stat.S_ISDIR(status.st_mode):
                    continue
                if not _can_be_handed_over(name, status) or status.st_size > room or len(found) >= FILES_HANDED_OVER:
                    left_out = True
                elif (content := self._content(name)) != before.get(name):
                    found[name] = content
                    room -= len(content)
        except OSError:
            left_out = True
        return found, left_out

    def _content(self, name: str) -> bytes:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._handle)
        with os.fdopen(file, "rb") as opened:
            return opened.read()


def _can_be_handed_over(name: str, status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and name.isprintable()


def _walk(handle: int, start: str) -> Iterator[tuple[str, os.stat_result]]:
    """All that is below a folder, by name. Raises `OSError` for what can't be read, or lies too deep."""
    left = [(start, 0)]
    while left:
        folder, depth = left.pop()
        if depth > DEEPEST:
            raise OSError(errno.ENAMETOOLONG, "Too deep to look into")
        for name, status in _inside(handle, folder):
            path = f"{folder}/{name}"
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                left.append((path, depth + 1))


def _inside(handle: int, folder: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
    except FileNotFoundError:
        return  # meanwhile
    try:
        with os.scandir(opened) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    yield entry.name, entry.stat(follow_symlinks=False)
    finally:
        os.close(opened)


def _deleted_but_open(pid: int) -> int:
    """Bytes of files that a process holds open and that have no name any more."""
    total = 0
    with suppress(OSError):  # it ended
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                status = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(status.st_mode) and not status.st_nlink:
                    total += status.st_blocks * BLOCK
    return total


def make_folder(folder: str, uid: int | None) -> None:
    """Make the folder, with `work` and `tmp` in it, for that user where one is named."""
    for path in (folder, f"{folder}/work", f"{folder}/tmp"):
        os.mkdir(path, 0o700)
        if uid is not None:
            os.chown(path, uid, uid)


def remove_folder(folder: str) -> None:
    """Remove a folder with all that is in it, however deep it goes and whatever its rights are."""
    moved = 0
    while inside := os.listdir(folder):
        for name in inside:
            path = f"{folder}/{name}"
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for deeper in os.listdir(path):
                moved += 1
                below = f"{path}/{deeper}"
                if stat.S_ISDIR(os.lstat(below).st_mode):
                    os.chmod(below, 0o700)  # only then may it be moved
                os.rename(below, f"{folder}/.moved-{moved}")
            os.rmdir(path)
    os.rmdir(folder)
