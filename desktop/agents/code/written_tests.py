"""The test cases in a model's answer."""

import ast
import re
from collections.abc import Sequence
from textwrap import indent
from typing import Final

import msgspec

from desktop.agents.code.cases import UNREADABLE, Case, Origin, cases_of

_ERROR: Final = re.compile(r"(?:raises? |pytest\.raises\()?([A-Z]\w*(?:Error|Exception|Exit|Iteration))\b.*", re.DOTALL)


class _Test(msgspec.Struct):
    call: str
    gives: str
    before: str = ""


class _Tests(msgspec.Struct):
    tests: list[_Test] = []


def written_cases(reply: str, names: Sequence[str]) -> list[Case]:
    """Those that can be read and use one of the names, each once."""
    try:
        tests = msgspec.json.decode(reply, type=_Tests).tests
    except msgspec.DecodeError:
        return []
    sources = [_source(test) for test in tests]
    found = [case for source in sources if source for case in cases_of(source, Origin.WRITTEN, tuple(names))]
    return list({case.source: case for case in found}.values())


def _source(test: _Test) -> str:
    """The test as Python; empty where that can't be."""
    if "..." in test.call + test.gives or "…" in test.call + test.gives:  # left for somebody else to fill in
        return ""
    call = test.call.strip().removeprefix("assert ").strip()
    lines = [test.before.strip()] if test.before.strip() else []
    if error := _ERROR.fullmatch(test.gives.strip()):
        check = f"with pytest.raises({error[1]}):\n    {call}"
    else:
        check = f"assert ({call}) == {_literal(test.gives.strip())}"
    source = "\n".join([*lines, check])
    try:
        ast.parse(call, mode="eval")
        body = ast.parse(source)
    except UNREADABLE:
        return ""
    return "def test():\n" + indent(ast.unparse(body), "    ")


def _literal(gives: str) -> str:
    """The value as Python has it; a text may have been left without its quotes."""
    try:
        ast.literal_eval(gives)
    except UNREADABLE:
        return repr(gives)
    return gives
