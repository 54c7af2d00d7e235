"""Test cases are taken from what a model wrote, and examples from what a person wrote."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.code.cases import Case, Origin, cases_of, is_pytest, modules_of
from desktop.agents.code.stated import stated_cases
from desktop.agents.code.writing import gather_cases


def sources(text: str, *names: str) -> list[str]:
    return [case.source for case in cases_of(text, Origin.WRITTEN, names)]


@pytest.mark.parametrize("deep", ["[" * 150 + "]" * 150, "-" * 300 + "1", "not " * 300 + "1"])
def test_a_case_that_is_nested_without_end_is_left_out(deep: str) -> None:
    persons = [*stated_cases(f"f({deep}) is 1, f(2) is {deep}, f(3) is 4", ("f",)), Case(source=f"assert f({deep})")]

    assert [case.source for case in gather_cases(persons, ("f",), [])] == ["assert f(3) == 4"]


def test_assertions_are_cases_of_their_own_and_a_test_with_statements_is_one() -> None:
    text = """import math
assert f(1) == 2
def test_a():
    assert f(2) == 3
    assert f(3) == 4
def test_b():
    c = f(1)
    assert c == 2
"""

    assert sources(text) == [
        "import math\nassert f(1) == 2",
        "import math\nassert f(2) == 3",
        "import math\nassert f(3) == 4",
        "import math\nc = f(1)\nassert c == 2",
    ]


def test_what_does_not_use_the_program_or_brings_it_in_is_left_out() -> None:
    assert sources("from solution import f\nimport double\nassert g(1) == 2\nassert f(1) == 1\nf = 3\n", "f") == [
        "assert f(1) == 1"
    ]


def test_a_line_that_is_no_python_spoils_no_other() -> None:
    assert sources("assert f(1) == 2\nassert f( == 3\nassert f(2) == 4\n") == ["assert f(1) == 2", "assert f(2) == 4"]


def test_what_swallows_its_own_failure_is_no_test() -> None:
    body = "try:\n    f(1)\n    assert False\nexcept {}:\n    pass\n"
    assert sources(body.format("Exception")) == sources(body.format("(ValueError, AssertionError)")) == []
    assert len(sources(body.format("ValueError"))) == 1


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("def test_a():\n    assert f(1) == 2\n", True),
        ("async def test_a():\n    assert f(1) == 2\n", True),
        ("class TestAll:\n    def test_a(self):\n        assert f(1) == 2\n", True),
        ("def test_a(:", True),  # pytest says what is wrong with it
        ("assert f(1) == 2\n", False),
        ("", False),
    ],
)
def test_tests_for_pytest_are_known_from_plain_assertions(text: str, is_one: bool) -> None:
    assert is_pytest(text) is is_one


def test_what_a_text_brings_in_from_elsewhere_is_known() -> None:
    text = "import os, pandas as pd\nfrom double.more import twice\nfrom . import near\nfrom math import pi\n"

    assert modules_of(text) == {"pandas", "double.more"}
    assert modules_of("import (") == set()


def test_a_text_nested_without_end_is_passed_over() -> None:
    assert sources("assert f(" + " + ".join(["1"] * 3000) + ") == 3000\n") == []


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    for case in cases_of(text, Origin.WRITTEN):
        ast.parse(case.source)
