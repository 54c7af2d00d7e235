"""The examples that a person's description states in passing, as test cases."""

import ast
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from desktop.agents.code.cases import UNREADABLE, Case, Origin, cases_of

_MOST_LITERAL: Final = 400  # characters of an example
_MOST_STATED: Final = 40
_MOST_ENDS: Final = 40
_ENDS_THERE: Final = re.compile(r"[`\"]?\s*(?:$|[.,;:)\n]|(?:and|but|or|while|und|aber|oder)\b)")
"""What stands behind an example's value: anything else, and the value may go on (`1 more than …`)."""
_SAYS: Final = re.compile(
    r"`?\s*(?:==|=>|->|=|→|⇒|:|is|returns?|gives?|becomes?|yields?|should (?:be|return|give)|must (?:be|return|give)|"
    r"ergibt|ist|liefert|gibt|wird)\s*(?=\S)"
)


_RAISES: Final = re.compile(
    r"`?,?\s*(?:raises?|must raise|should raise|throws)\s+(?:an? )?`?([A-Z]\w*(?:Error|Exception|Exit))\b"
)


def stated_cases(description: str, names: tuple[str, ...]) -> list[Case]:
    """`f(1, 2) is 3`, `f("a") returns "b"`, `f(-1) raises ValueError`, sessions with `>>>`, and assertions.

    Only what stands there as a call and a literal is taken, so that nobody has to understand the rest.
    """
    lines = "\n".join(line for line in description.splitlines() if line.strip().startswith("assert "))
    found = {case.source: case for case in cases_of(lines, Origin.STATED, names)}
    for name in names:
        for match in islice(re.finditer(rf"(?<![\w.]){re.escape(name)}\(", description), _MOST_STATED):
            for source in _stated_at(description, match.start()):
                found.setdefault(source, Case(source=source, origin=Origin.STATED))
    return list(found.values())


def _stated_at(description: str, start: int) -> Iterator[str]:
    """What is said of the call that begins there, as long as it is plain."""
    call = _call_from(description[start:])
    if not call or not _all_literal(call):
        return
    end = start + len(call)
    if raises := _RAISES.match(description, end):
        yield f"with pytest.raises({raises[1]}):\n    {call}"
        return
    in_session = description[:start].endswith(">>> ")
    says = re.compile(r"\n(?=\S)").match(description, end) if in_session else _SAYS.match(description, end)
    text = description[says.end() : says.end() + _MOST_LITERAL] if says else ""
    if value := _literal_from(text.split("\n", maxsplit=1)[0] if in_session else text):
        yield f"assert {call} == {value}"


def _call_from(text: str) -> str:
    """The call that a text begins with, empty where it can't be read."""
    for match in islice(re.finditer(r"\)", text[:_MOST_LITERAL]), _MOST_ENDS):
        call = text[: match.end()]
        try:
            node = ast.parse(call.strip(), mode="eval").body
        except UNREADABLE:
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
    except UNREADABLE:
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
        except UNREADABLE:
            continue
        if piece.endswith(".") or (isinstance(value, tuple) and not piece.startswith("(")):
            continue
        return piece if _ENDS_THERE.match(text, len(text[:end].rstrip())) else ""
    return ""
