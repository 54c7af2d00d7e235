"""Given folders in memory."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from desktop.engine import (
    FileConflict,
    FileUnavailable,
    Finding,
    Findings,
    FolderEntry,
    Listing,
    PathRefused,
    ReadFile,
    WrittenFile,
)

DATE = datetime(2026, 1, 1, tzinfo=UTC)


def version_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class MemoryFolders:
    """Implements `Folders` over files by their paths; the first part of each is a given folder."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self._given = sorted({path.partition("/")[0] for path in files})

    async def list(self, path: str = "") -> Listing:
        """Files and folders right below."""
        self._check(path)
        if path in self.files:
            raise PathRefused(f"{path} is no folder.")
        start = f"{path}/" if path else ""
        names = sorted({each[len(start) :].partition("/")[0] for each in self.files if each.startswith(start)})
        if not names:
            raise FileUnavailable(f"{path} is not there.", hint="List its folder.")
        return Listing(entries=tuple(self._entry(start + name) for name in names))

    def _entry(self, path: str) -> FolderEntry:
        content = self.files.get(path)
        return FolderEntry(path=path, is_folder=content is None, size=len(content or b""), changed_at=DATE)

    async def read(self, path: str) -> ReadFile:
        """The file by exactly that path."""
        self._check(path)
        if path not in self.files:
            if any(each.startswith(f"{path}/") for each in self.files):
                raise PathRefused(f"{path} is a folder.", hint="List it.")
            raise FileUnavailable(f"{path} is not there.", hint="List its folder.")
        content = self.files[path]
        return ReadFile(path=path, content=content, version=version_of(content))

    async def text(self, path: str) -> str:
        """The file as UTF-8."""
        return (await self.read(path)).content.decode()

    async def search(self, words: str, path: str = "") -> Findings:
        """Names and lines, as UTF-8."""
        self._check(path)
        if not words.strip():
            raise FileUnavailable("There is nothing to search for.", hint="Name a word.")
        return Findings(
            found=tuple(
                finding
                for name in sorted(self.files)
                if name == path or name.startswith(f"{path}/" if path else "")
                for finding in self._in(name, words.strip().casefold())
            )
        )

    def _in(self, path: str, words: str) -> tuple[Finding, ...]:
        in_name = (Finding(path=path, line=None, text=""),) if words in path.rpartition("/")[2].casefold() else ()
        lines = enumerate(self.files[path].decode().split("\n"), 1)
        found = (
            Finding(path=path, line=number, text=line.strip()) for number, line in lines if words in line.casefold()
        )
        return (*in_name, *found)

    async def write(self, path: str, content: bytes, *, version: str | None = None) -> WrittenFile:
        """Put it there, or in the place of what is of that version."""
        self._check(path)
        there = self.files.get(path)
        found = version_of(there) if there is not None else None
        if "/" not in path:
            raise PathRefused(f"{path} names no file.")
        if found != version:
            raise FileConflict(f"Another file is there by the name {path}.", hint="Read it.", version=found or "")
        self.files[path] = content
        return WrittenFile(path=path, version=version_of(content), replaced=found)

    def _check(self, path: str) -> None:
        parts = path.split("/")
        if path and (parts[0] not in self._given or any(part.startswith(".") or not part for part in parts)):
            raise PathRefused(f"{path} is in none of the given folders.", hint="List them.")
