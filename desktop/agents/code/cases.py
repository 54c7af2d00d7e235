"""Test cases: statements of Python, each of which holds for a program that is right."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_CASES: Final = 40
_MOST_CHARACTERS: Final = 2_000
_MOST_READ: Final = 200_000  # characters of a file of Python: more holds all up while it is read
UNREADABLE: Final = (SyntaxError, ValueError, TypeError, OverflowError, RecursionError, MemoryError)
"""What reading a text of Python raises, or its literals, or a comparison of such."""
_MOST_DEEP: Final = 60  # levels of a case: Python's own tools fail at some hundred


class Origin(StrEnum):
    """Who says that a case holds."""

    GIVEN = "given"  # the person, as a test
    STATED = "stated"  # the person, as an example in the description
    WRITTEN = "written"  # the model
    PROBE = "probe"  # nobody: it only shows what a program does


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: `source` raises where a program is wrong. That of a probe is a mere call, of which nobody knows."""

    source: str
    origin: Origin = Origin.WRITTEN


def cases_of(text: str, origin: Origin, names: tuple[str, ...] = ()) -> list[Case]:
    """The cases in a text of Python: its assertions, and the tests among its functions.

    Lines behind one that can't be read are tried too. Where `names` are known, a case has to use one of them.
    """
    found: dict[str, Case] = {}
    for tree in _trees(text):
        try:
            for case in _of_body(tree.body, origin):
                read = ast.parse(case.source)
                uses = {node.id for node in ast.walk(read) if isinstance(node, ast.Name)}
                if (not names or uses & set(names)) and len(case.source) <= _MOST_CHARACTERS:
                    found.setdefault(ast.dump(read), case)
        except UNREADABLE:  # nested without end
            continue
    return list(found.values())[:MOST_CASES]


def read_python(text: str) -> ast.Module:
    """A file of Python. Raises what `UNREADABLE` names, also where it is too long to be read."""
    if len(text) > _MOST_READ:
        raise ValueError(f"A file of more than {_MOST_READ:,} characters is not read as Python.")
    return ast.parse(text)


def is_readable(case: Case) -> bool:
    """Whether all can be read that is asked of a case, however deep the stack is by then."""
    try:
        level: list[ast.AST] = [ast.parse(case.source)]
    except UNREADABLE:
        return False
    for _ in range(_MOST_DEEP):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return not level


def is_pytest(text: str) -> bool:
    """Whether a text of Python has tests that pytest finds, which are run as they are, with all around them."""
    try:
        tree = read_python(text)
    except UNREADABLE:
        return bool(text.strip())  # pytest says what is wrong with it
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return any(isinstance(node, kinds) and node.name.lower().startswith("test") for node in tree.body)


def modules_of(text: str) -> set[str]:
    """The modules that a text of Python brings in from elsewhere than Python's own library."""
    try:
        nodes = list(ast.walk(read_python(text)))
    except UNREADABLE:
        return set()
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {module for module in found if not _is_known(module)}


def _trees(text: str) -> Iterator[ast.Module]:
    """The text as a whole, or else its lines one by one as far as each is Python."""
    try:
        yield ast.parse(text)
    except UNREADABLE:
        for line in text.splitlines():
            try:
                yield ast.parse(line.strip())
            except UNREADABLE:
                continue


def _of_body(body: list[ast.stmt], origin: Origin) -> Iterator[Case]:
    setting: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name.startswith("test") and not statement.args.args and not statement.decorator_list:
                yield from _of_test(setting, statement.body, origin)
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test") and not _uses_self(inner):
                    yield from _of_test(setting, inner.body, origin)
        elif _checks(statement):
            yield _case([*setting, statement], origin)
        elif isinstance(statement, ast.Assign | ast.Import | ast.ImportFrom) and not _imports_program(statement):
            setting.append(statement)


def _of_test(setting: list[ast.stmt], body: list[ast.stmt], origin: Origin) -> Iterator[Case]:
    """A test of assertions alone is as many cases; any other one is one, since its statements build on each other."""
    body = [statement for statement in body if not _imports_program(statement) and not _is_text(statement)]
    if all(_checks(statement) for statement in body):
        for statement in body:
            yield _case([*setting, statement], origin)
    elif body and not any(isinstance(node, ast.Return | ast.Yield) for each in body for node in ast.walk(each)):
        yield _case([*setting, *body], origin)


def _case(statements: list[ast.stmt], origin: Origin) -> Case:
    source = "\n".join(ast.unparse(statement) for statement in statements)
    return Case(source=source, origin=origin)


def _checks(statement: ast.stmt) -> bool:
    """Whether a statement says that something holds: an assertion, or that something raises."""
    if isinstance(statement, ast.Assert):
        return True
    if isinstance(statement, ast.With):
        return "raises" in ast.unparse(statement.items[0])
    if isinstance(statement, ast.Try):
        narrow = all(handler.type is not None and not _is_broad(handler.type) for handler in statement.handlers)
        return narrow and any(_fails(inner) for inner in statement.body + statement.orelse)
    return isinstance(statement, ast.For) and any(_checks(inner) for inner in statement.body)


def _is_broad(kind: ast.expr) -> bool:
    """Whether a handler swallows failed assertions too, so that nothing could fail."""
    return bool({"Exception", "BaseException", "AssertionError"} & {getattr(n, "id", "") for n in ast.walk(kind)})


def _fails(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assert | ast.Raise)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _imports_program(statement: ast.stmt) -> bool:
    """Whether it brings in what is there anyhow, or a file that a model thinks the program is in."""
    if isinstance(statement, ast.ImportFrom):
        return not _is_known(statement.module or "")
    return isinstance(statement, ast.Import) and not all(_is_known(alias.name) for alias in statement.names)


def _is_known(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _uses_self(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "self" for node in ast.walk(function))
