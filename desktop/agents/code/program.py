"""A program as a model wrote it: its files, taken from the fenced blocks of an answer."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from textwrap import indent
from typing import Final

from desktop.agents.code.assignment import Language
from desktop.agents.code.cases import UNREADABLE, read_python
from desktop.agents.code.project import Project, is_test
from desktop.engine import ExecutionRefused, check_file_name

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


def blocks(reply: str) -> list[str]:
    """The fenced blocks of an answer; the whole where it has no fence."""
    found = [match[1] for match in _FENCE.finditer(reply)]
    return [block.rstrip() + "\n" for block in (found or [reply]) if block.strip()]


def program_of(reply: str, language: Language, project: Project) -> ProgramText:
    """The program in an answer: with what was given and is not written anew, where there was one before."""
    found = blocks(reply[:_MOST_CHARACTERS])
    if not found:
        return ProgramText(files={})
    if project.base:
        written = _changed(found, project.base)
        return ProgramText(files=project.whole(written) if written else {})
    if language is Language.SHELL:
        return ProgramText(files={f"{project.name}.sh": max(found, key=len)})
    if language is Language.PACKAGE and (files := _package(found, project.name)):
        return ProgramText(files=files)
    return ProgramText(files={f"{project.name}.py": without_uses("\n\n".join(_defining(found)))})


def _defining(found: list[str]) -> list[str]:
    """The blocks that define something, or the longest where none can be read: some show a use after the program."""
    defining = [block for block in found if defined(block)]
    return defining or [max(found, key=len)]


def defined(block: str) -> set[str]:
    """The functions and classes that a text of Python defines; none where it can't be read."""
    try:
        tree = read_python(block)
    except UNREADABLE:
        return set()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def without_uses(text: str) -> str:
    """A module that does nothing when it is imported: its own checks go, and uses of it wait until it is started."""
    try:
        tree = ast.parse(text)
    except UNREADABLE:
        return text
    names = defined(text)
    uses = [node for node in tree.body if isinstance(node, ast.Expr) and _is_use(node, names)]
    checks = [node for node in tree.body if isinstance(node, ast.Assert)]
    if not names or not (uses or checks):
        return text
    gone = {line for node in [*uses, *checks] for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    kept = "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in gone).rstrip() + "\n"
    if not uses:
        return kept
    body = "\n".join(indent(ast.unparse(node), "    ") for node in uses)
    return f'{kept}\n\nif __name__ == "__main__":\n{body}\n'


def _is_use(node: ast.Expr, names: set[str]) -> bool:
    called = {getattr(inner.func, "id", "") for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    return bool(called & {*names, "print"})


def _changed(found: list[str], base: Mapping[str, str]) -> dict[str, str]:
    """Which files of a program the blocks are: as each says, or by what it defines, or the only one there is."""
    files: dict[str, str] = {}
    for block in found[:_MOST_FILES]:
        match = _FILE.match(block)
        name = _known(match[1], base) if match else ""
        if not match:
            shared = {file: len(defined(block) & defined(text)) for file, text in base.items()}
            name = max(shared, key=lambda file: shared[file]) if any(shared.values()) or len(base) == 1 else ""
        if name and name not in files:
            files[name] = block[match.end() :] if match else block
    return files


def _known(name: str, base: Mapping[str, str]) -> str:
    """The file that is meant; a new one where none is, empty for a name that leads elsewhere or is that of a test."""
    meant = [file for file in base if file == name or PurePosixPath(file).name == name]
    if len(meant) == 1:
        return meant[0]
    try:
        check_file_name(name)
    except ExecutionRefused:
        return ""
    return "" if is_test(name) else name


def _package(found: list[str], package: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for block in found[:_MOST_FILES]:
        match = _FILE.match(block)
        name = _place(match[1], package) if match else ""
        if name and name not in files:
            files[name] = block
    if files and f"{package}/__init__.py" not in files:
        files[f"{package}/__init__.py"] = ""
    return files


def _place(name: str, package: str) -> str:
    """Where a file of a package lies, empty for a name that leads elsewhere: all below one folder, tests left out."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", ".", "src")]
    if not parts or ".." in parts or parts[-1].startswith("test_") or "tests" in parts[:-1]:
        return ""
    below = parts[1:] if len(parts) > 1 else parts
    return "/".join([package, *below])
