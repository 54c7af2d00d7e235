"""Reads the problems."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something to write a program for."""

    name: str
    entry_point: str
    text: str  # all that whoever solves it gets to know
    solution: str
    hidden: str  # raises where a program before it is wrong


@cache
def problems(folder: Path = FOLDER) -> tuple[Problem, ...]:
    """All of those in a folder."""
    files = sorted(folder.glob("*.toml"))
    return tuple(Problem(**entry) for file in files for entry in tomllib.loads(file.read_text("utf-8"))["problem"])
