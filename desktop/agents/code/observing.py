"""Turns a test case into questions whose right answers the program under test never sees.

`assert f(1) == 2` becomes a look at `f(1)`: the sandbox only hears the call and tells the value, and whether that is 2
is judged outside of it. A program that lies about how its tests went would have to know what it is expected to say.
"""

import ast
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.code.cases import UNREADABLE, Case

SAW: Final = "__saw__"
"""What the harness calls that notes a value: `__saw__(place, value)` gives the value back."""
ABOUT: Final = 1e-6
"""How far off `pytest.approx` lets a value be, of itself; as pytest has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What has to be seen at one place: the value of a literal, or something true where there is none."""

    literal: str = "True"
    about: bool = False  # whether nearly that is enough
    is_plain: bool = False  # whether the script itself tells it: what it compares is to be equal


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What the sandbox is to run, and what has to come of it."""

    script: str
    wants: tuple[Want, ...] = ()
    raises: tuple[str, ...] = ()  # names of the errors one of which has to come at the end; empty: none may
    is_strong: bool = False  # whether what is wanted can't be known from the script


def looks_of(case: Case) -> Looks:
    """The case as questions."""
    body = ast.parse(case.source).body
    raises = _raised_at_the_end(body)
    if raises:
        last = body[-1]
        body = [*body[:-1], *(last.body if isinstance(last, ast.With) else [])]
    looker = _Looker(is_probe=not raises and len(body) == 1 and isinstance(body[0], ast.Expr))
    looked = [looker.visit(statement) for statement in body]
    script = "\n".join(ast.unparse(ast.fix_missing_locations(statement)) for statement in looked)
    is_strong = bool(raises) or any(not want.is_plain for want in looker.wants)
    return Looks(script=script, wants=tuple(looker.wants), raises=raises, is_strong=is_strong)


class _Looker(ast.NodeTransformer):
    """Replaces assertions by looks at what they are about."""

    def __init__(self, *, is_probe: bool) -> None:
        self.wants: list[Want] = []
        self._is_probe = is_probe

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return self._look(node.value) if self._is_probe else node

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        looked_at, want = _question(node.test)
        self.wants.append(want)
        return self._look(looked_at, len(self.wants) - 1)

    @staticmethod
    def _look(value: ast.expr, place: int = 0) -> ast.stmt:
        return ast.Expr(ast.Call(ast.Name(SAW, ast.Load()), [ast.Constant(place), value], []))


def _question(test: ast.expr) -> tuple[ast.expr, Want]:
    """What an assertion looks at, and what that has to be."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _truth(test.operand), Want(literal="False")
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        wanted, is_about = _without_approx(test.comparators[0])
        if is_literal(wanted) and (isinstance(test.ops[0], ast.Eq) or isinstance(wanted, ast.Constant)):
            return test.left, Want(literal=ast.unparse(wanted), about=is_about)
        if not is_about and is_literal(test.left) and isinstance(test.ops[0], ast.Eq):
            return wanted, Want(literal=ast.unparse(test.left))
    return _truth(test), Want(is_plain=not isinstance(test, ast.Call))


def _without_approx(wanted: ast.expr) -> tuple[ast.expr, bool]:
    if isinstance(wanted, ast.Call) and ast.unparse(wanted.func) == "pytest.approx" and len(wanted.args) == 1:
        return wanted.args[0], not wanted.keywords
    return wanted, False


def _truth(test: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("bool", ast.Load()), [test], [])


def is_literal(node: ast.expr) -> bool:
    """Whether a value can be read without running anything."""
    try:
        ast.literal_eval(node)
    except UNREADABLE:
        return False
    return True


def _raised_at_the_end(body: list[ast.stmt]) -> tuple[str, ...]:
    """The errors that a case expects from its last statement, where it is a plain `with pytest.raises(…)`."""
    last = body[-1]
    if not isinstance(last, ast.With) or len(last.items) != 1 or any(_has_check(each) for each in body):
        return ()
    call = last.items[0].context_expr
    if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("raises") or len(call.args) != 1:
        return ()
    kinds = call.args[0].elts if isinstance(call.args[0], ast.Tuple) else [call.args[0]]
    return tuple(kind.id for kind in kinds if isinstance(kind, ast.Name))


def _has_check(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(statement))


def fits(want: Want, shown: str) -> bool:
    """Whether a value, as it was shown, is the wanted one."""
    try:
        value = ast.literal_eval(shown)
        wanted = ast.literal_eval(want.literal)
        if want.about:
            return _is_about(value, wanted)
        return bool(value == wanted)
    except UNREADABLE:
        return False


def _is_about(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list | tuple):
        return len(value) == len(wanted) and all(map(_is_about, value, wanted))
    return bool(abs(value - wanted) <= max(ABOUT * abs(wanted), 1e-12))
