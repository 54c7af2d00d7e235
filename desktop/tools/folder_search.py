"""Looking for words in the names and the text of files, within limits: a folder may hold anything."""

import contextlib
import itertools
import os
import stat
import threading
from collections.abc import Generator, Iterator
from typing import Final

from desktop.engine import Finding, Findings
from desktop.tools.folder_handle import FolderHandle
from desktop.tools.folder_paths import MOST_PARTS, problem_of

MOST_FOUND: Final = 200
MOST_FILES: Final = 20_000
MOST_BYTES: Final = 256 * 1024**2
"""That one search reads."""
MOST_BYTES_OF_FILE: Final = 4 * 1024**2
"""Of a larger file only the name is looked at."""
_AROUND: Final = 120
"""Characters that are shown on each side of the words."""


class FolderSearch:
    """One search. `stop` ends it, as its limits do."""

    def __init__(self, words: str, closed: tuple[int, int] | None, stop: threading.Event) -> None:
        self._words = words.strip().casefold()
        self._closed = closed
        self._stop = stop
        self._files = 0
        self._bytes = 0
        self.is_cut = False

    def findings(self, folders: "Iterator[tuple[FolderHandle, str]]") -> Findings:
        """What is found in these folders, given with their paths."""
        found: list[Finding] = []
        for folder, path in folders:
            with contextlib.closing(self._in_folder(folder, path, 0)) as findings:
                found += itertools.islice(findings, MOST_FOUND + 1 - len(found))
        self.is_cut |= len(found) > MOST_FOUND
        return Findings(found=tuple(found[:MOST_FOUND]), is_cut=self.is_cut)

    def _in_folder(self, folder: FolderHandle, path: str, depth: int) -> Generator[Finding, None, None]:
        for name in folder.names():
            if self._is_enough():
                return
            if problem_of(name):
                continue
            below = f"{path}/{name}"
            try:
                found = folder.look(name)
                if stat.S_ISREG(found.st_mode):
                    yield from self._in_file(folder, name, below, found.st_size)
                elif stat.S_ISDIR(found.st_mode) and depth < MOST_PARTS:
                    with folder.enter(name) as entered:
                        if entered.identity() != self._closed:
                            yield from self._in_folder(entered, below, depth + 1)
            except OSError:  # it went, or may not be read: the others are still there
                continue

    def _in_file(self, folder: FolderHandle, name: str, path: str, size: int) -> Iterator[Finding]:
        self._files += 1
        if self._words in name.casefold():
            yield Finding(path=path, line=None, text="")
        if size > MOST_BYTES_OF_FILE:
            return
        descriptor = folder.open(name)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MOST_BYTES_OF_FILE)
        self._bytes += len(content)
        if b"\0" in content:
            return
        text = content.decode("utf-8", "replace")
        if self._words not in text.casefold():
            return
        for number, line in enumerate(text.split("\n"), 1):
            if (at := line.casefold().find(self._words)) >= 0:
                start = max(0, at - _AROUND)
                yield Finding(path=path, line=number, text=line[start : at + len(self._words) + _AROUND].strip())

    def _is_enough(self) -> bool:
        if self._stop.is_set() or self._files >= MOST_FILES or self._bytes >= MOST_BYTES:
            self.is_cut = True
        return self.is_cut
