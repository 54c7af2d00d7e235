"""Paths as agents write them: which are one at all, whatever system they would be used on.

What two systems read differently is no path here. Names that a person can't see through are none either: invisible
characters, and those that a file system may take for a dot or a slash.
"""

import os
import re
import unicodedata
from typing import Final

from desktop.engine import PathRefused
from desktop.tools.shown_name import shown_name

MOST_PARTS: Final = 64
_MOST_BYTES: Final = 255
"""Of a name, on every file system in use."""

_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_NOT_ON_WINDOWS: Final = re.compile(
    r"""[<>:"|?*]|[. ]$|^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)""", re.I
)
"""Also `file:stream`, and the names of devices with any ending."""


def parts_of(path: str) -> tuple[str, ...]:
    """The names that the path is made of; none for the empty one. Raises `PathRefused`."""
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        raise refused(path, "is an absolute path", "Begin with the name of one of the given folders.")
    parts = tuple(part for part in path.removesuffix("/").split("/") if part != ".") if path else ()
    if len(parts) > MOST_PARTS:
        raise refused(path, "is nested too deeply")
    for part in parts:
        if problem := problem_of(part):
            raise refused(path, problem)
    return parts


def problem_of(name: str, *, windows: bool = os.name == "nt") -> str:
    """Why no file or folder is used by that name; empty where nothing stands against it."""
    plain = unicodedata.normalize("NFKC", name)
    if ".." in (name, plain):
        return "leads out of its folder"
    if not name or not name.strip():
        return "holds an empty name"
    if name.startswith(".") or plain.startswith("."):
        return "is hidden"
    if {"/", "\\"} & {*name, *plain} or any(unicodedata.category(each) in _INVISIBLE for each in name):
        return "holds a character that no name may have"
    if len(name.encode()) > _MOST_BYTES:
        return "holds a name that is too long"
    if windows and _NOT_ON_WINDOWS.search(name):
        return "holds a name that Windows keeps for itself"
    return ""


def is_lookalike(name: str, other: str) -> bool:
    """Whether some file system takes both for one name, or a person may: in the case of letters, or their marks."""
    return _folded(name) == _folded(other)


def refused(path: str, problem: str, hint: str = "") -> PathRefused:
    """The refusal of a path."""
    return PathRefused(
        f"{shown_name(path) or 'The empty path'} {problem}; nothing was touched.",
        hint=hint or "Use a path below one of the given folders, as a listing gives it.",
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
