"""A program as a model wrote it: its files, taken from the fenced blocks of an answer."""

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from desktop.agents.code.assignment import Language

MODULE: Final = "solution"
"""What tests import."""

_FENCE: Final = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_FILE: Final = re.compile(
    r"\A\s*#\s*(?:file(?:name)?:\s*)?([\w./-]+\.(?:py|sh|txt|toml|md|json|csv))\s*\n", re.IGNORECASE
)
_MOST_FILES: Final = 20
_MOST_CHARACTERS: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramText:
    """The files of a program by relative name; empty where an answer held none."""

    files: dict[str, str]

    @property
    def main(self) -> str:
        """The text that is shown first."""
        return next(iter(self.files.values()), "")


def blocks(reply: str) -> list[str]:
    """The fenced blocks of an answer; the whole where it has no fence."""
    found = [match[1] for match in _FENCE.finditer(reply)]
    return [block.rstrip() + "\n" for block in (found or [reply]) if block.strip()]


def program_of(reply: str, language: Language) -> ProgramText:
    """The program in an answer."""
    found = blocks(reply[:_MOST_CHARACTERS])
    if not found:
        return ProgramText(files={})
    if language is Language.SHELL:
        return ProgramText(files={f"{MODULE}.sh": max(found, key=len)})
    if language is Language.PACKAGE and (files := _package(found)):
        return ProgramText(files=files)
    return ProgramText(files={f"{MODULE}.py": "\n\n".join(_defining(found))})


def _defining(found: list[str]) -> list[str]:
    """The blocks that define something, or the longest where none can be read: some show a use after the program."""
    defining = [block for block in found if _defines(block)]
    return defining or [max(found, key=len)]


def _defines(block: str) -> bool:
    try:
        tree = ast.parse(block)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in tree.body)


def _package(found: list[str]) -> dict[str, str]:
    files: dict[str, str] = {}
    for block in found[:_MOST_FILES]:
        match = _FILE.match(block)
        name = _place(match[1]) if match else ""
        if name and name not in files:
            files[name] = block
    if files and f"{MODULE}/__init__.py" not in files:
        files[f"{MODULE}/__init__.py"] = ""
    return files


def _place(name: str) -> str:
    """Where a file of a package lies, empty for a name that leads elsewhere: all below one folder, tests left out."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", ".", "src")]
    if not parts or ".." in parts or parts[-1].startswith("test_") or "tests" in parts[:-1]:
        return ""
    below = parts[1:] if len(parts) > 1 else parts
    return "/".join([MODULE, *below])
