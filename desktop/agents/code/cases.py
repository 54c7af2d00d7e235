"""Test cases: statements of Python, each of which holds for a program that is right."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

MOST_CASES: Final = 40
_MOST_CHARACTERS: Final = 2_000
_MOST_LITERAL: Final = 400  # characters of an example in a description
_MOST_STATED: Final = 40
_MOST_ENDS: Final = 40
_ENDS_THERE: Final = re.compile(r"`?\s*(?:$|[.,;:)\n]|(?:and|but|or|while|und|aber|oder)\b)")
"""What stands behind an example's value: anything else, and the value may go on (`1 more than …`)."""
_UNREADABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


class Origin(StrEnum):
    """Who says that a case holds."""

    GIVEN = "given"  # the person, as a test
    STATED = "stated"  # the person, as an example in the description
    WRITTEN = "written"  # the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. `source` raises where a program is wrong; `call` is what it looks at, where that is one expression."""

    source: str
    call: str = ""
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
        except _UNREADABLE:  # nested without end
            continue
    return list(found.values())[:MOST_CASES]


def left_out_of(text: str) -> int:
    """How many of the tests in a text of Python `cases_of` can't take over as they are: with fixtures, for example."""
    try:
        tree = ast.parse(text)
    except _UNREADABLE:
        return 1 if text.strip() else 0
    tests = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]
    helpers = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and "test" not in node.name.lower()
    ]
    taken = sum(bool(list(_of_body([node], Origin.GIVEN))) for node in tests)
    return len(tests) - taken + len(helpers)


def _trees(text: str) -> Iterator[ast.Module]:
    """The text as a whole, or else its lines one by one as far as each is Python."""
    try:
        yield ast.parse(text)
    except _UNREADABLE:
        for line in text.splitlines():
            try:
                yield ast.parse(line.strip())
            except _UNREADABLE:
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
    return Case(source=source, call=_looked_at(statements), origin=origin)


def _looked_at(statements: list[ast.stmt]) -> str:
    """The expression that a lone `assert CALL == VALUE` looks at."""
    if len(statements) != 1 or not isinstance(statements[0], ast.Assert):
        return ""
    test = statements[0].test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        test = test.left
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    return ast.unparse(test) if isinstance(test, ast.Call) else ""


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


_SAYS: Final = re.compile(
    r"`?\s*(?:==|=>|->|=|→|⇒|:|is|returns?|gives?|becomes?|yields?|should (?:be|return|give)|must (?:be|return|give)|"
    r"ergibt|ist|liefert|gibt|wird)\s*(?=\S)"
)


def stated_cases(description: str, names: tuple[str, ...]) -> list[Case]:
    """The examples that a description states in passing: `f(1, 2) is 3`, `f("a") returns "b"`.

    Only what stands there as a call and a literal is taken, so that nobody has to understand the rest.
    """
    found: dict[str, Case] = {}
    for name in names:
        for match in islice(re.finditer(rf"(?<![\w.]){re.escape(name)}\(", description), _MOST_STATED):
            call = _call_from(description[match.start() :])
            says = _SAYS.match(description, match.start() + len(call)) if call else None
            value = _literal_from(description[says.end() : says.end() + _MOST_LITERAL]) if says else ""
            if value and _all_literal(call):
                source = f"assert {call} == {value}"
                found.setdefault(source, Case(source=source, call=call, origin=Origin.STATED))
    return list(found.values())


def _call_from(text: str) -> str:
    """The call that a text begins with, empty where it can't be read."""
    for match in islice(re.finditer(r"\)", text[:_MOST_LITERAL]), _MOST_ENDS):
        call = text[: match.end()]
        try:
            node = ast.parse(call.strip(), mode="eval").body
        except _UNREADABLE:
            continue
        return call if isinstance(node, ast.Call) else ""
    return ""


def _all_literal(call: str) -> bool:
    node = ast.parse(call, mode="eval").body
    if not isinstance(node, ast.Call):
        return False
    try:
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            ast.literal_eval(argument)
    except _UNREADABLE:
        return False
    return True


def _literal_from(text: str) -> str:
    """The longest literal that a text begins with, as far as its sentence goes; empty where there is none."""
    text = text.lstrip("`").split("\n\n")[0]
    ends = [match.start() for match in re.finditer(r"(?=[\s.,;:)\]}\"'`]|$)", text)]
    for end in sorted({*ends, *(end + 1 for end in ends)}, reverse=True):
        piece = text[:end].strip().rstrip("`")
        try:
            value = ast.literal_eval(piece)
        except _UNREADABLE:
            continue
        if piece.endswith(".") or (isinstance(value, tuple) and not piece.startswith("(")):
            continue
        return piece if _ENDS_THERE.match(text, end) else ""
    return ""
