"""What a request for a program asks for, understood."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from desktop.agents.code.naming import stated_names
from desktop.engine import InvalidRequest, TaskRequest

MOST_CHARACTERS: Final = 20_000
"""Of a description: more leaves no room for the program in any usual context."""

_OPTIONS: Final = ("language", "entry_point", "tests")
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_SHELL: Final = re.compile(r"\b(?:shell[- ]?script|bash(?: script)?|sh script|shell-skript)\b", re.IGNORECASE)
_GOES_ON: Final = r"(?=\s*(?:[.,:;(`]|$|that\b|which\b|with\b|for\b|of\b|called\b|named\b|in\b|to\b|whose\b))"
_PACKAGE: Final = re.compile(
    r"\bpython[- ]package\b|\bpython-paket\b|\bpackage (?:called|named)\b|\bmulti-file\b"
    rf"|\b(?:write|create|make|build|as|into) an? (?:small |little |new )?package\b{_GOES_ON}"
    r"|\b(?:several|multiple|separate|different|two|three) (?:python )?modules\b"
    r"|\bsplit\b[^.\n]{0,40}\b(?:into|over|across) (?:several|multiple|separate|different|two|three) files\b",
    re.IGNORECASE,
)


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
    entry_points: tuple[str, ...] = ()  # functions and classes that the person names, the first one first
    tests: str = ""  # Python, given as an option


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
    named = (options["entry_point"],) if options["entry_point"] else stated_names(goal)
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
