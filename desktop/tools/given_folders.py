"""The folders that the person gave to a task, and nothing else of the machine.

A file with several names (hard links) is read by the one that lies in a folder: who made it there could read the file.
It is never written through: what is written is a new file, which takes over one name.
"""

import asyncio
import contextlib
import errno
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from desktop.engine import (
    DocumentReader,
    FileUnavailable,
    Findings,
    FolderEntry,
    Listing,
    PathRefused,
    ReadFile,
    WrittenFile,
    undisturbed,
)
from desktop.tools.content_reading import read_content, whole_text
from desktop.tools.file_content import check_lookalikes, read_file, write_file
from desktop.tools.file_kinds import TEXT, media_type_of
from desktop.tools.folder_handle import FolderHandle, handle_kind
from desktop.tools.folder_paths import is_lookalike, parts_of, problem_of, refused
from desktop.tools.folder_search import FolderSearch
from desktop.tools.shown_name import shown_name

T = TypeVar("T")

MOST_ENTRIES: Final = 1000
"""In a listing."""
_LEADS_OUT: Final = frozenset((errno.ELOOP, errno.ENOTDIR))
_LONGEST_SEARCH: Final = 200


class GivenFolders:
    """Implements `Folders`. `private` is closed even inside one of them: Legwork's own data."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        reader: DocumentReader,
        private: Path,
        handles: type[FolderHandle] | None = None,
    ) -> None:
        self._handles = handles or handle_kind()
        self._reader = reader
        self._private = private.resolve()
        self._given: dict[str, tuple[Path, tuple[int, int]]] = {}
        for folder in folders:
            self._give(folder)

    def _give(self, folder: Path) -> None:
        shown = shown_name(str(folder))
        try:
            real = folder.resolve(strict=True)
            with self._handles.given(real) as opened:
                identity = opened.identity()
        except (OSError, RuntimeError, ValueError) as error:
            raise PathRefused(
                f"{shown} is no folder that can be opened; nothing was started with it.",
                hint="Check whether it was moved or renamed, and that your user may open it.",
            ) from error
        if real.is_relative_to(self._private):
            raise PathRefused(f"{shown} holds Legwork's own data and stays closed.", hint="Give another folder.")
        self._given[self._free_name(real.name)] = real, identity

    def _free_name(self, name: str) -> str:
        """A name for the folder that no other one has, and that a path may begin with."""
        name = name.lstrip(".")
        name = "folder" if problem_of(name) else name
        free, number = name, 1
        while any(is_lookalike(free, other) for other in self._given):
            number += 1
            free = f"{name} {number}"
        return free

    async def list(self, path: str = "") -> Listing:
        """What a folder holds; without a path the given folders themselves."""
        return await self._work(path, self._list)

    async def read(self, path: str) -> ReadFile:
        """A file's bytes."""
        return await self._work(path, self._read)

    async def text(self, path: str) -> str:
        """The text of a file of any kind that has a reader."""
        found = await self.read(path)
        kind = media_type_of(path) or TEXT
        return whole_text(await read_content(self._reader, found.content, name=path, media_type=kind))

    async def search(self, words: str, path: str = "") -> Findings:
        """Lines and names that hold these words."""
        if not 0 < len(words.strip()) <= _LONGEST_SEARCH or "\n" in words.strip():
            raise FileUnavailable(
                "There is nothing to search for: words of one line are searched for, up to 200 characters.",
                hint="Name a word or two as they stand in the file.",
            )
        stop = threading.Event()
        try:
            return await self._work(path, lambda parts: self._search(words, parts, stop))
        finally:
            stop.set()  # whoever waited may have gone

    async def write(self, path: str, content: bytes, *, version: str | None = None) -> WrittenFile:
        """Write a file whole."""
        return await undisturbed(self._work(path, lambda parts: self._write(parts, content, version)))

    async def _work(self, path: str, work: Callable[[tuple[str, ...]], T]) -> T:
        """Done on a thread, since a disk may hang; what the system says in a person's words."""
        parts = parts_of(path)
        if parts and parts[0] not in self._given:
            raise refused(path, "is in none of the given folders", f"They are: {', '.join(self._given) or 'none'}.")
        try:
            return await asyncio.to_thread(work, parts)
        except OSError as error:
            raise _in_words(path, error) from error

    def _list(self, parts: tuple[str, ...]) -> Listing:
        if not parts:
            return Listing(entries=tuple(self._given_entry(name) for name in self._given))
        with self._opened(parts) as folder:
            entries: list[FolderEntry] = []
            left_out = 0
            for name in folder.names():
                entry = None if problem_of(name) else _entry(folder, name, "/".join((*parts, name)))
                if len(entries) == MOST_ENTRIES:
                    return Listing(entries=tuple(entries), left_out=left_out, is_cut=True)
                if entry is None:
                    left_out += 1
                else:
                    entries.append(entry)
        return Listing(entries=tuple(entries), left_out=left_out)

    def _given_entry(self, name: str) -> FolderEntry:
        changed = self._given[name][0].stat().st_mtime
        return FolderEntry(path=name, is_folder=True, size=0, changed_at=datetime.fromtimestamp(changed, UTC))

    def _read(self, parts: tuple[str, ...]) -> ReadFile:
        with self._parent(parts) as folder:
            return read_file(folder, _exact(folder, parts[-1]), "/".join(parts))

    def _write(self, parts: tuple[str, ...], content: bytes, version: str | None) -> WrittenFile:
        with self._parent(parts, make=version is None) as folder:
            return write_file(folder, parts[-1], "/".join(parts), content, version)

    def _search(self, words: str, parts: tuple[str, ...], stop: threading.Event) -> Findings:
        search = FolderSearch(words, self._closed(), stop)
        return search.findings(self._roots(parts))

    def _roots(self, parts: tuple[str, ...]) -> Iterator[tuple[FolderHandle, str]]:
        for each in [parts] if parts else [(name,) for name in self._given]:
            with self._opened(each) as folder:
                yield folder, "/".join(each)

    @contextmanager
    def _parent(self, parts: tuple[str, ...], *, make: bool = False) -> Iterator[FolderHandle]:
        """The folder of a file, which has to lie in one of those that were given."""
        if len(parts) < 2:
            raise refused("/".join(parts), "names no file")
        with self._opened(parts[:-1], make=make) as folder:
            yield folder

    @contextmanager
    def _opened(self, parts: tuple[str, ...], *, make: bool = False) -> Iterator[FolderHandle]:
        """The folder by that path, one name after the other. Raises `PathRefused` and `OSError`."""
        path = "/".join(parts)
        real, identity = self._given[parts[0]]
        closed = self._closed()
        with ExitStack() as stack:
            folder = stack.enter_context(self._handles.given(real))
            if folder.identity() != identity:
                raise refused(parts[0], "is not the folder any more that was given")
            for part in parts[1:]:
                name = _exact(folder, part)
                if make:
                    _make(folder, name, path)
                folder = stack.enter_context(folder.enter(name))
                if folder.identity() == closed:
                    raise refused(path, "holds Legwork's own data and stays closed")
            yield folder

    def _closed(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            found = self._private.stat()
            return found.st_dev, found.st_ino
        return None


def _make(folder: FolderHandle, name: str, path: str) -> None:
    try:
        folder.look(name)
    except FileNotFoundError:
        check_lookalikes(folder, name, path)
        with contextlib.suppress(FileExistsError):  # it came meanwhile; entering it says what it is
            folder.make(name)


def _exact(folder: FolderHandle, name: str) -> str:
    """The name as it is there: whoever writes it anew may write its letters' marks in another way."""
    with contextlib.suppress(OSError):
        folder.look(name)
        return name
    alike = [other for other in folder.names() if is_lookalike(other, name)]
    return alike[0] if len(alike) == 1 else name


def _entry(folder: FolderHandle, name: str, path: str) -> FolderEntry | None:
    try:
        found = folder.look(name)
    except OSError:
        return None
    is_folder = stat.S_ISDIR(found.st_mode)
    if not is_folder and not stat.S_ISREG(found.st_mode):
        return None
    changed_at = datetime.fromtimestamp(found.st_mtime, UTC)
    return FolderEntry(path=path, is_folder=is_folder, size=0 if is_folder else found.st_size, changed_at=changed_at)


def _in_words(path: str, error: OSError) -> FileUnavailable:
    shown = shown_name(path)
    if error.errno in _LEADS_OUT:
        return refused(path, "is a link or no file or folder", "Links are not followed: give the folder they lead to.")
    match error:
        case FileNotFoundError():
            return FileUnavailable(f"{shown} is not there; nothing was changed.", hint="List its folder.")
        case PermissionError():
            return FileUnavailable(
                f"{shown} may not be read or written; it was left as it is.",
                hint="Use another file, or ask the person.",
            )
        case IsADirectoryError():
            return refused(path, "is a folder", "List it, or name a file in it.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileUnavailable(f"The disk is full; {shown} is as it was.", hint="Make room, then try again.")
    return FileUnavailable(
        f"{shown} could not be used ({error.strerror}); it is as it was.", hint="See that its disk is there and well."
    )
