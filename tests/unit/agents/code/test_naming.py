"""What a program is to define is read from the person's words, and from nothing that only looks like it."""

import pytest

from desktop.agents.code.assignment import Language, understand
from desktop.agents.code.naming import stated_names
from desktop.engine import TaskRequest


@pytest.mark.parametrize(
    ("goal", "names"),
    [
        ("Write a function double(number) that doubles.", ["double"]),
        ("Write a function that doubles numbers.", []),
        ("Write two functions, to_roman(number) and from_roman(text).", ["to_roman", "from_roman"]),
        ("decode is the reverse: decode(encode(text)) == text for every text. encode(text) …", ["decode", "encode"]),
        ("A class LruCache: put(key, value) stores, get(key) reads, len(cache) counts.", ["LruCache"]),
        ("A class for points, with a method for the distance.", []),
        ("a function called `area`, and a class named Box", ["area", "Box"]),
        ("Count the file(s) and box(es) in a folder; use sorted() and print(x).", []),
        ("integrate(f, a, b) sums f(x) from a to b.", ["integrate"]),
        ("f(1) is 2.", ["f"]),
        ("def add(a, b): adds", ["add"]),
        ("Eine Funktion verdopple(zahl)", ["verdopple"]),
        ("It raises ValueError(text) for less.", []),
    ],
)
def test_names_are_found_where_they_are_said(goal: str, names: list[str]) -> None:
    assert list(stated_names(goal)) == names


@pytest.mark.parametrize(
    ("goal", "language"),
    [
        ("Write a function for tracking a package by its number.", Language.PYTHON),
        ("Write a package tracker that merges several files.", Language.PYTHON),
        ("Write a Python package for shapes.", Language.PACKAGE),
        ("Make a small package that reads logs, in two modules.", Language.PACKAGE),
        ("A tool for sums. Split it into three files.", Language.PACKAGE),
        ("Write a bash script that renames files.", Language.SHELL),
    ],
)
def test_the_kind_of_program_is_read_from_plain_words_only(goal: str, language: Language) -> None:
    assert understand(TaskRequest(kind="code", goal=goal)).language is language
