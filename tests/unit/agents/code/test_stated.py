"""Examples are taken from what a person wrote in passing."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.code.stated import stated_cases


def stated(text: str, *names: str) -> list[str]:
    return [case.source for case in stated_cases(text, names or ("f",))]


def test_a_value_that_goes_on_is_no_example() -> None:
    assert stated("f(10) is 1 more than f(9). f(2) is 'a' + 'b'. f(3) is 4") == ["assert f(3) == 4"]


def test_examples_in_a_description_are_found_in_many_wordings() -> None:
    text = """f(1) is 2. f("a, b") returns "x". `f([1, 2])` == [2, 4], f({}) → {}; f(0) gives None and f(7) is seven.
    f(x) is 3, f(2) is (1, "b")."""

    assert stated(text) == [
        "assert f(1) == 2",
        'assert f("a, b") == "x"',
        "assert f([1, 2]) == [2, 4]",
        "assert f({}) == {}",
        "assert f(0) == None",
        'assert f(2) == (1, "b")',
    ]


def test_each_of_several_lines_is_an_example() -> None:
    assert stated('f("a") == 5400\nf("b") == 187200\n') == ['assert f("a") == 5400', 'assert f("b") == 187200']


def test_errors_are_examples_too() -> None:
    assert stated("f(-1) raises a `ValueError`, f(0) raises nothing.") == ["with pytest.raises(ValueError):\n    f(-1)"]


def test_sessions_and_assertions_are_read() -> None:
    text = ">>> f(1)\n[1, 2]\n>>> f(2)\nTraceback\n\nassert f(3) == 4\nassert g(3) == 4"

    assert stated(text) == ["assert f(3) == 4", "assert f(1) == [1, 2]"]


@pytest.mark.parametrize("value", ["{{}, {1}, {2}, {1, 2}}", "{[]: 1}", "1" * 390, "[" * 150 + "]" * 150, "-[1]"])
def test_what_is_no_literal_of_python_is_no_example(value: str) -> None:
    for case in stated_cases(f"f({value}) returns 1. `f([1, 2])` returns {value}", ("f",)):
        ast.parse(case.source)


@given(st.text(alphabet="{}[](),:'\"1ae-+.*~ \n", max_size=60))
def test_nothing_like_a_literal_makes_it_fail(text: str) -> None:
    for case in stated_cases(f"f({text}) is {text}", ("f",)):
        ast.parse(case.source)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    for case in stated_cases(f"f({text}) is {text}", ("f",)):
        ast.parse(case.source)
