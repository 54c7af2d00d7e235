"""Test cases become questions, and what a program shows is judged where it can't see what is expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.observing import Want, fits, looks_of


def looks(source: str, origin: Origin = Origin.WRITTEN) -> tuple[str, list[str], tuple[str, ...], bool]:
    found = looks_of(Case(source=source, origin=origin))
    return found.script, [want.literal for want in found.wants], found.raises, found.is_strong


@pytest.mark.parametrize(
    ("source", "script", "wants"),
    [
        ("assert f(1) == 2", "__saw__(0, f(1))", ["2"]),
        ("assert [1] == f(1)", "__saw__(0, f(1))", ["[1]"]),
        ("assert f(1) is None", "__saw__(0, f(1))", ["None"]),
        ("assert not f(1)", "__saw__(0, bool(f(1)))", ["False"]),
        ("assert f(1)", "__saw__(0, bool(f(1)))", ["True"]),
        ("c = A()\nassert c.x == 1\nassert c.y == 'a'", "c = A()\n__saw__(0, c.x)\n__saw__(1, c.y)", ["1", "'a'"]),
    ],
)
def test_the_expected_value_is_not_in_the_script(source: str, script: str, wants: list[str]) -> None:
    assert looks(source) == (script, wants, (), True)


def test_what_can_only_be_compared_inside_proves_less() -> None:
    assert looks("assert f(1) == g(1)") == ("__saw__(0, bool(f(1) == g(1)))", ["True"], (), False)
    assert looks("for a in (1, 2):\n    assert f(a) == a")[3] is False


def test_an_error_at_the_end_is_looked_for_outside_too() -> None:
    assert looks("a = A()\nwith pytest.raises((KeyError, ValueError)):\n    a.get(1)") == (
        "a = A()\na.get(1)",
        [],
        ("KeyError", "ValueError"),
        True,
    )
    assert looks("with pytest.raises(KeyError):\n    f(1)\nassert f(2) == 3")[2] == ()


def test_a_probe_only_looks() -> None:
    assert looks("f(1)", Origin.PROBE) == ("__saw__(0, f(1))", [], (), False)


@pytest.mark.parametrize(
    ("want", "shown", "is_right"),
    [
        (Want(literal="2"), "2.0", True),
        (Want(literal="[1, 2]"), "(1, 2)", False),
        (Want(literal="0.3"), "0.30000000000000004", False),
        (Want(literal="0.3", about=True), "0.30000000000000004", True),
        (Want(literal="[0.5, 1]", about=True), "[0.5, 1.1]", False),
        (Want(literal="1", about=True), "'a'", False),
        (Want(literal="0.5", about=True), f"1{'0' * 400}", False),
        (Want(literal="[0.5]", about=True), f"[-1{'0' * 400}]", False),
        (Want(literal="1"), "{[]: 1}", False),
        (Want(literal="{1: {2}}"), "{1: {2}}", True),
        (Want(literal="1"), "<object>", False),
    ],
)
def test_a_value_is_right_where_it_equals_what_is_wanted(want: Want, shown: str, is_right: bool) -> None:
    assert fits(want, shown) is is_right


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**400) | st.floats() | st.complex_numbers(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner),
)


@given(VALUES, VALUES, st.booleans())
def test_whatever_a_program_shows_is_judged(wanted: object, shown: object, about: bool) -> None:
    assert fits(Want(literal=repr(wanted), about=about), repr(shown)) in (True, False)


@given(st.text(alphabet="{}[](),:'1af-+.=~ ", max_size=80))
def test_no_text_in_place_of_a_value_ends_the_judging(text: str) -> None:
    assert fits(Want(literal="1.5", about=True), text) in (True, False)
    assert fits(Want(literal=text, about=True), "1.5") in (True, False)
