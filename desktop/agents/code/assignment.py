"""What a request for a program asks for, understood."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from desktop.engine import InvalidRequest, TaskRequest

MOST_CHARACTERS: Final = 20_000
"""Of a description: more leaves no room for the program in any usual context."""

_OPTIONS: Final = ("language", "entry_point", "tests")
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_NAMED: Final = re.compile(r"\b(?:function|class|method|Funktion|Klasse)s?,?\s+`?([A-Za-z_]\w{0,99})`?", re.ASCII)
_SHELL: Final = re.compile(r"\b(?:shell[- ]?script|bash(?: script)?|sh script|shell-skript)\b", re.IGNORECASE)
_PACKAGE: Final = re.compile(r"\b(?:python )?package\b|\bseveral (?:files|modules)\b|\bPaket\b", re.IGNORECASE)
_NO_NAMES: Final = frozenset(
    "that which to for and or in of with called named is it takes gets the a an die das der".split()  # noqa: SIM905
)
"""What stands behind “function” without being its name."""


class Language(StrEnum):
    """What is written."""

    PYTHON = "python"  # one module
    PACKAGE = "package"  # of Python, with several modules
    SHELL = "shell"  # one script


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is wanted, as far as the request says it."""

    goal: str
    language: Language
    entry_points: tuple[str, ...] = ()  # functions and classes that the description names, the first one first
    tests: str = ""  # Python, given by the person


def understand(request: TaskRequest) -> Assignment:
    """The request as an assignment. Raises `InvalidRequest`."""
    goal = request.goal.strip()
    if len(goal) > MOST_CHARACTERS:
        raise InvalidRequest(
            f"The description has {len(goal):,} characters, more than the {MOST_CHARACTERS:,} that leave room for a "
            "program; nothing was started.",
            hint="Describe a smaller part, and the next part in a task of its own.",
        )
    options = _checked(request.options)
    language = _language(options["language"], goal)
    named = (options["entry_point"],) if options["entry_point"] else _named(goal)
    return Assignment(goal=goal, language=language, entry_points=named, tests=options["tests"])


def _checked(options: dict[str, Any]) -> dict[str, str]:
    unknown = sorted(set(options) - set(_OPTIONS))
    wrong = [name for name in _OPTIONS if not isinstance(options.get(name, ""), str)]
    if unknown or wrong:
        raise InvalidRequest(
            f"The option {(unknown or wrong)[0]!r} is not one that a program can be given; nothing was started.",
            hint=f"The options are {', '.join(_OPTIONS)}, each a text.",
        )
    entry_point = options.get("entry_point", "").strip()
    if entry_point and not _NAME.fullmatch(entry_point):
        raise InvalidRequest(
            f"{entry_point[:80]!r} can't be the name of a function; nothing was started.",
            hint="Name a function or a class in letters, digits and underscores.",
        )
    return {"language": options.get("language", ""), "entry_point": entry_point, "tests": options.get("tests", "")}


def _language(named: str, goal: str) -> Language:
    if not named.strip():
        if _SHELL.search(goal):
            return Language.SHELL
        return Language.PACKAGE if _PACKAGE.search(goal) else Language.PYTHON
    try:
        return Language(named.strip().lower())
    except ValueError:
        known = ", ".join(Language)
        raise InvalidRequest(
            f"Programs in {named[:80]!r} can't be written and tested yet; nothing was started.",
            hint=f"The option “language” takes one of: {known}.",
        ) from None


def _named(goal: str) -> tuple[str, ...]:
    """The functions and classes that the description names."""
    called = re.compile(r"\b([A-Za-z_]\w{0,99})\(", re.ASCII)
    found = [match[1] for match in _NAMED.finditer(goal) if match[1].lower() not in _NO_NAMES]
    if not found:
        found = [match[1] for match in called.finditer(goal)][:1]
    return tuple(dict.fromkeys(found))
