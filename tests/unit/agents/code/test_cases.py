"""Test cases are taken from what a model wrote, and examples from what a person wrote."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.code.cases import Origin, cases_of, left_out_of, stated_cases


def sources(text: str, *names: str) -> list[str]:
    return [case.source for case in cases_of(text, Origin.WRITTEN, names)]


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


def test_tests_that_can_not_be_taken_over_are_counted() -> None:
    assert left_out_of("def test_a():\n    assert f(1) == 2\n") == 0
    assert left_out_of("async def test_a():\n    assert f(1) == 2\n") == 1
    assert left_out_of("def help_me():\n    pass\ndef test_a(tmp_path):\n    assert f(1)\n") == 2
    assert left_out_of("def test_a(:") == 1
    assert left_out_of("") == 0


def test_a_text_nested_without_end_is_passed_over() -> None:
    assert sources("assert f(" + " + ".join(["1"] * 3000) + ") == 3000\n") == []


def test_what_a_case_looks_at_is_known_where_it_is_one_call() -> None:
    calls = [
        case.call for case in cases_of("assert f(1) == 2\nassert not f(2)\nassert f(1) + 1 == 3\n", Origin.WRITTEN)
    ]

    assert calls == ["f(1)", "f(2)", ""]


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


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    for case in [*cases_of(text, Origin.WRITTEN), *stated_cases(f"f({text}) is {text}", ("f",))]:
        ast.parse(case.source)
