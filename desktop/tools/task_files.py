"""What a person gave to a task: folders, and single files that are read by their names."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePath
from typing import Final, Self

from desktop.engine import (
    DocumentReader,
    FileUnavailable,
    Finding,
    Findings,
    Folders,
    Input,
    Listing,
    OpenFolders,
    PathRefused,
    ReadFile,
    UnreadableDocument,
    WrittenFile,
)
from desktop.tools.content_reading import read_content, whole_text
from desktop.tools.file_content import MOST_BYTES, version_of
from desktop.tools.file_kinds import TEXT, media_type_of
from desktop.tools.folder_paths import is_lookalike
from desktop.tools.folder_search import MOST_FOUND
from desktop.tools.shown_name import shown_name

_MOST_OF_A_LINE: Final = 240


class TaskFiles:
    """The folders with the single files beside them. Raises what `Folders` does."""

    def __init__(
        self, folders: Folders, given: Sequence[str], singles: Sequence[Input], reader: DocumentReader
    ) -> None:
        self._folders, self._reader = folders, reader
        self._singles: dict[str, Input] = {}
        for single in singles:
            self._singles[_free_name(shown_name(single.label), [*given, *self._singles])] = single

    @classmethod
    async def opened(
        cls, inputs: Sequence[Input], open_folders: OpenFolders, reader: DocumentReader
    ) -> tuple[Self, tuple[str, ...]]:
        """Those of a task's inputs; and why some of the folders are not among them, a sentence each."""
        paths = await asyncio.to_thread(_folders_of, inputs)
        singles = [each for each in inputs if each.path not in paths]
        good, troubles = await asyncio.to_thread(_tried, [Path(path) for path in paths], open_folders)
        folders = await asyncio.to_thread(open_folders, good)
        given = [entry.path for entry in (await folders.list()).entries]
        return cls(folders, given, singles, reader), troubles

    @property
    def singles(self) -> tuple[str, ...]:
        """The names of the files that were given as such, and texts."""
        return tuple(self._singles)

    async def list(self, path: str = "") -> Listing:
        """What a folder holds; without a path the given folders themselves."""
        return await self._folders.list(path)

    async def read(self, path: str) -> ReadFile:
        """A file's bytes."""
        if path not in self._singles:
            return await self._folders.read(path)
        content = await asyncio.to_thread(_content, self._singles[path])
        return ReadFile(path=path, content=content, version=version_of(content))

    async def text(self, path: str) -> str:
        """A file's text, in the way of the documents reader."""
        if path not in self._singles:
            return await self._folders.text(path)
        found = await self.read(path)
        kind = media_type_of(self._singles[path].label) or TEXT
        return whole_text(await read_content(self._reader, found.content, name=path, media_type=kind))

    async def search(self, words: str, path: str = "") -> Findings:
        """Lines and names that hold these words, in all that was given or at `path`."""
        if path in self._singles:
            return Findings(found=await self._found_in(words, path))
        findings = await self._folders.search(words, path)
        singles = [await self._found_in(words, name) for name in ([] if path else self._singles)]
        return replace(findings, found=(*findings.found, *(each for found in singles for each in found)))

    async def _found_in(self, words: str, name: str) -> tuple[Finding, ...]:
        wanted = words.strip().casefold()
        in_name = [Finding(path=name, line=None, text="")] if wanted in name.casefold() else []
        try:
            lines = (await self.text(name)).split("\n")
        except (FileUnavailable, UnreadableDocument):
            lines = []
        found = (
            Finding(path=name, line=number, text=line.strip()[:_MOST_OF_A_LINE])
            for number, line in enumerate(lines, 1)
            if wanted in line.casefold()
        )
        return (*in_name, *islice(found, MOST_FOUND))

    async def write(self, path: str, content: bytes, *, version: str | None) -> WrittenFile:
        """Write a file whole, in one of the folders."""
        self.check_writable(path)
        return await self._folders.write(path, content, version=version)

    def check_writable(self, path: str) -> None:
        """Raise `PathRefused` for a file that was given to be read."""
        if path in self._singles:
            raise PathRefused(
                f"{shown_name(path)} was given to be read; it was left as it is.", hint="Write into a given folder."
            )


def _folders_of(inputs: Sequence[Input]) -> list[str]:
    return [each.path for each in inputs if each.path is not None and Path(each.path).is_dir()]


def _tried(paths: Sequence[Path], open_folders: OpenFolders) -> tuple[list[Path], tuple[str, ...]]:
    """Those of the folders that can be opened, and what is wrong with the others."""
    good, troubles = [], []
    for path in paths:
        try:
            open_folders([path])
            good.append(path)
        except PathRefused as error:
            troubles.append(str(error))
    return good, tuple(troubles)


def _content(single: Input) -> bytes:
    if single.path is None:
        return (single.text or "").encode("utf-8", "replace")
    try:
        with Path(single.path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileUnavailable(
            f"{shown_name(single.label)} could not be read ({error.strerror}); it was left as it is.",
            hint="Use another file.",
        ) from error
    if len(content) > MOST_BYTES:
        raise FileUnavailable(
            f"{shown_name(single.label)} has more than {MOST_BYTES // 1024**2} MB; it was not read.",
            hint="Use a smaller file.",
        )
    return content


def _free_name(name: str, taken: Sequence[str]) -> str:
    """The name, with a number where another one is like it."""
    free, number = name, 1
    while any(is_lookalike(free, other) for other in taken):
        number += 1
        stem, suffix = PurePath(name).stem, PurePath(name).suffix
        free = f"{stem} {number}{suffix}"
    return free
