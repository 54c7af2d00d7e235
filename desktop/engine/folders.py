"""The folders that the person gave to a task, and the port through which agents work in them.

A path begins with the name of one of these folders and goes on in it, joined by `/`: `reports/2026/march.csv`. Nothing
leads out of them, whatever a path says, whatever lies in them, and whoever changes them meanwhile: links are not
followed, and what is hidden (its name begins with a dot) is not there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderEntry:
    """A file or folder in a listing."""

    path: str
    is_folder: bool
    size: int  # bytes; 0 for a folder
    changed_at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a folder holds, by name."""

    entries: tuple[FolderEntry, ...]
    left_out: int = 0  # what can't be given: links, devices, hidden files, names that are no text
    is_cut: bool = False  # whether there is more than a listing holds


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A whole file as it was read."""

    path: str
    content: bytes
    version: str  # SHA-256 of the content, hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where a search found its words: in a line of a file, or in the name alone."""

    path: str
    line: int | None  # 1 for the first; None: in the name
    text: str  # the line, or the part around the words; empty for a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a search found, files by path, lines in order."""

    found: tuple[Finding, ...]
    is_cut: bool = False  # whether it ended at one of its limits: there may be more


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file as it was written."""

    path: str
    version: str  # of what is there now
    replaced: str | None  # version of what was there before; None: nothing was


class Folders(Protocol):
    """Works in the given folders. Raises `PathRefused` for what is not in them, else `FileUnavailable`."""

    async def list(self, path: str = "") -> Listing:
        """What a folder holds; without a path the given folders themselves."""

    async def read(self, path: str) -> ReadFile:
        """A file's bytes. Files of more than 32 MB are refused."""

    async def text(self, path: str) -> str:
        """The text of a file of any kind that `DocumentReader` reads; form feeds part its pages.

        Raises `UnreadableDocument` too.
        """

    async def search(self, words: str, path: str = "") -> Findings:
        """Lines and names that hold these words, in the case of neither; in all folders, or below `path`."""

    async def write(self, path: str, content: bytes, *, version: str | None = None) -> WrittenFile:
        """Write a file whole, with the folders on its way that are missing.

        It replaces what is there only where that is of `version`; None: nothing may be there. Else raises
        `FileConflict`. A file by that name is the old one or the new one, whenever the machine stops.
        """


OpenFolders = Callable[[Sequence[Path]], Folders]
"""Makes the port for the folders that were given to a task, in that order. Raises `PathRefused` for what is none."""
