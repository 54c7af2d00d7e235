"""Probes are calls like those of the cases, with arguments that no case has."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.code.cases import Case, Origin, cases_of
from desktop.agents.code.probing import MOST_PROBES, probes_for


def probes(text: str, *names: str) -> list[str]:
    return [probe.source for probe in probes_for(cases_of(text, Origin.STATED), names)]


def test_each_call_is_varied_in_one_argument_at_a_time_and_none_is_repeated() -> None:
    found = probes("assert f('ab', 3) == 1\nassert f('ab', 4) == 1\n", "f")

    assert "f('', 3)" in found
    assert "f('ab', 2)" in found
    assert "f('ab', 4)" not in found
    assert len(found) == len(set(found)) == MOST_PROBES


def test_calls_of_anything_else_or_with_more_than_literals_are_left_alone() -> None:
    assert probes("assert g(1) == 2\nassert f(x) == 2\nassert f(a=1) == 2\nassert F(1) == 2", "f", "F") == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_every_value_can_be_varied(value: object) -> None:
    for probe in probes_for([Case(source=f"assert f({value!r}) == 1")], ("f",)):
        ast.parse(probe.source)
        assert probe.origin is Origin.PROBE
