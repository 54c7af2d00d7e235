"""What a program is to define: the names of functions and classes, as far as the person's words tell."""

import builtins
import keyword
import re
from collections.abc import Iterator
from typing import Final

MOST_NAMES: Final = 6

_NAME: Final = r"[A-Za-z_]\w{0,99}"
_SAID: Final = re.compile(
    rf"\b(def|class|function|Klasse|Funktion)(?:es|s|en)?,?\s+((?:called|named|namens)\s+)?([`\"'“]?)({_NAME})([`\"'”]?\s*\()?",
    re.ASCII,
)
_CALLED: Final = re.compile(rf"(?<![\w.])({_NAME})\((?=([^()\n]{{0,200}}\(?))", re.ASCII)
_PLURALS: Final = frozenset({"s", "es", "n", "en", "e"})
"""What stands in brackets behind a word in prose: `file(s)`."""
_ORDINARY: Final = frozenset(dir(builtins)) | frozenset(keyword.kwlist)


def stated_names(goal: str) -> tuple[str, ...]:
    """The functions and classes that a description names, those in plain words first; none where that is not clear."""
    said = list(_said(goal))
    called = list(_called(goal))
    if any(name[:1].isupper() for name in said + called):  # what else is called are its methods
        called = [name for name in called if name[:1].isupper()]
    return tuple(dict.fromkeys(said + called))[:MOST_NAMES]


def _said(goal: str) -> Iterator[str]:
    """What stands behind “function” or “class” and can be nothing else than its name."""
    for what, called, quote, name, bracket in _SAID.findall(goal):
        looks_like_one = "_" in name or name[1:] != name[1:].lower() or any(letter.isdigit() for letter in name)
        is_class = what in ("class", "Klasse") and name[:1].isupper()
        if (bracket or called or quote or looks_like_one or is_class or what == "def") and name not in _ORDINARY:
            yield name


def _called(goal: str) -> Iterator[str]:
    """What is followed by its arguments; of one or two letters only where nothing longer is, and it is no argument."""
    found = [
        (name, inside) for name, inside in _CALLED.findall(goal) if name not in _ORDINARY and inside not in _PLURALS
    ]
    arguments = {word for _, inside in found for word in re.findall(rf"{_NAME}\b(?!\()", inside)}
    names = [name for name, _ in found if name not in arguments]
    long = [name for name in names if len(name) > 2]
    yield from long or names
