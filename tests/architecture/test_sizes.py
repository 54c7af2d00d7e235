"""A module has one noun and at most 400 lines, a function at most 40, and no file is a grab-bag."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checkout import files, name

MODULE_LINES = 400
FUNCTION_LINES = 40
GRAB_BAGS = {"utils", "util", "misc", "common", "helpers", "helper"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_bytes().splitlines()) for path in files("desktop/*.py", "packaging/*.py")}
    assert lengths
    assert {file: lines for file, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    found = [
        f"{name(path)}:{function.lineno} {function.name}: {length(function)} lines"
        for path in files("desktop/*.py", "packaging/*.py")
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    ]
    assert found == []


def test_no_file_is_a_grab_bag() -> None:
    assert [name(path) for path in files("*.py") if GRAB_BAGS & {path.stem, path.parent.name}] == []
