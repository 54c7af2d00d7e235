"""Probes: calls like those of the test cases, with other arguments, that show where programs differ.

Nobody says what has to come of them. But where programs that were written without knowing of each other do the same on
inputs that no test thought of, they more likely mean the same.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Any, Final

from desktop.agents.code.cases import UNREADABLE, Case, Origin

MOST_PROBES: Final = 20
_MOST_OF_A_CALL: Final = 12
_MOST_CHARACTERS: Final = 400
_LARGEST: Final = 10**6


def probes_for(cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """Some calls of these functions that are like those in the cases, from each in turn."""
    known = {call for case in cases for call in _calls(case, names)}
    turns = [_varied(call) for call in dict.fromkeys(call for case in cases for call in _calls(case, names))]
    found: dict[str, Case] = {}
    while turns and len(found) < MOST_PROBES:
        for turn in list(turns):
            probe = next((call for call in turn if call not in known and call not in found), "")
            if not probe:
                turns.remove(turn)
            elif len(found) < MOST_PROBES:
                found[probe] = Case(source=probe, origin=Origin.PROBE)
    return list(found.values())


def _calls(case: Case, names: Sequence[str]) -> list[str]:
    """The calls in a case that can stand alone: of a function by its name, with literals."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(case.source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in names
        and node.func.id[:1].islower()
        and node.args
        and not node.keywords
        and _values(node) is not None
    ]


def _values(call: ast.Call) -> list[Any] | None:
    try:
        return [ast.literal_eval(argument) for argument in call.args]
    except UNREADABLE:
        return None


def _varied(call: str) -> Iterator[str]:
    """The call with one argument changed at a time."""
    node = ast.parse(call, mode="eval").body
    if not isinstance(node, ast.Call) or (values := _values(node)) is None:
        return
    ways = [iter(list(_variants(value))) for value in values]
    for _ in range(_MOST_OF_A_CALL):
        for place, way in enumerate(ways):
            for other in way:
                changed = [repr(other if at == place else value) for at, value in enumerate(values)]
                text = f"{ast.unparse(node.func)}({', '.join(changed)})"
                if len(text) <= _MOST_CHARACTERS:
                    yield ast.unparse(ast.parse(text))
                break


def _variants(value: Any) -> Iterator[Any]:
    """Values of the same kind: near, at the edges, and put together anew."""
    match value:
        case bool() | None:
            yield from (True, False)
        case int() | float():
            yield from (each for each in (value + 1, 0, value - 1, value * 2, 1, -value) if abs(each) < _LARGEST)
        case str():
            half = len(value) // 2
            yield from (value + value[:half], "", value[:half], value[::-1], value.upper(), f" {value} ", value * 2)
        case list() | tuple():
            kind, items = type(value), list(value)
            yield from (kind(items[:-1]), kind(), kind(items * 2), kind(items[::-1]))
            for at, each in enumerate(items[:2]):
                for other in list(_variants(each))[:2]:
                    yield kind([*items[:at], other, *items[at + 1 :]])
        case dict():
            yield dict(list(value.items())[:-1])
            for name, of in list(value.items())[:2]:
                for other in list(_variants(of))[:2]:
                    yield {**value, name: other}
            yield {}
