"""Tests are taken from a model's answer as far as they say something."""

import json

import pytest

from desktop.agents.code.written_tests import written_cases


@pytest.mark.parametrize(
    ("before", "call", "gives", "source"),
    [
        ("", "f(1)", "2", "assert f(1) == 2"),
        ("", "f('')", "ValueError", "with pytest.raises(ValueError):\n    f('')"),
        ("", "f('')", "raises ValueError: empty", "with pytest.raises(ValueError):\n    f('')"),
        ("", "f(4)", "IV", "assert f(4) == 'IV'"),
        ("", "assert f(2)", "3", "assert f(2) == 3"),
        ("", "f(1) == 2", "True", "assert (f(1) == 2) == True"),
        ("c = A(1); c.put(2)", "c.get()", "[1]", "c = A(1)\nc.put(2)\nassert c.get() == [1]"),
    ],
)
def test_a_test_becomes_python(before: str, call: str, gives: str, source: str) -> None:
    reply = json.dumps({"tests": [{"before": before, "call": call, "gives": gives}] * 2})

    assert [case.source for case in written_cases(reply, ("f", "A"))] == [source]


@pytest.mark.parametrize(
    ("call", "gives"), [("f(", "1"), ("g(1)", "1"), ("f(1)", "{...}"), ("f(…)", "1"), ("x = f(1)", "1")]
)
def test_what_says_nothing_is_left_out(call: str, gives: str) -> None:
    assert written_cases(json.dumps({"tests": [{"call": call, "gives": gives}]}), ("f",)) == []


def test_an_answer_that_was_cut_off_has_none() -> None:
    assert written_cases('{"tests": [{"call": "f(1)", "gi', ("f",)) == []
