"""A program that passes all of its tests is called verified only where more than its own likes vouch for it."""

from dataclasses import replace

import pytest

from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.choosing import choose
from desktop.agents.code.doubts import Doubts
from desktop.agents.code.program import ProgramText
from desktop.agents.code.trying import Shown, Tried

STATED = Case(source="assert f(0) == 0", origin=Origin.STATED)
WRITTEN = [Case(source=f"assert f({number}) == {number}") for number in range(1, 7)]
PROBES = [Case(source=f"f({number})", origin=Origin.PROBE) for number in range(10, 15)]
ERROR = Case(source="with pytest.raises(ValueError):\n    f(-1)")
RIGHT = {case: Shown(passed=True, value="right") for case in [STATED, *WRITTEN, *PROBES, ERROR]}


def tried(cases: list[Case], **other: Shown) -> Tried:
    """A program that does all right, but for the cases by these sources."""
    shown = tuple(other.get(case.source.split("(")[1].split(")")[0], RIGHT[case]) for case in cases)
    return Tried(program=ProgramText(files={"solution.py": "def f(number): ..."}), shown=shown)


def doubt(all_tried: list[Tried], cases: list[Case], goal: str = "f(0) is 0.") -> str:
    choice = choose(all_tried, cases)
    return Doubts(chosen=all_tried[choice.best], cases=cases, choice=choice, goal=goal).first()


def test_what_most_tries_do_alike_is_not_doubted() -> None:
    cases = [STATED, *WRITTEN, *PROBES]
    odd = {"2": Shown(passed=False, value="wrong")}

    assert doubt([tried(cases)] * 5 + [tried(cases, **odd)] * 3, cases) == ""


def test_without_an_example_of_the_persons_more_have_to_agree() -> None:
    cases = [*WRITTEN, *PROBES]
    odd = {"2": Shown(passed=False, value="wrong")}

    assert "differently" in doubt([tried(cases)] * 5 + [tried(cases, **odd)] * 3, cases)
    assert doubt([tried(cases)] * 7 + [tried(cases, **odd)], cases) == ""


def test_few_tests_say_little() -> None:
    cases = [STATED, *WRITTEN[:2]]

    assert doubt([tried(cases)] * 8, cases) == "they are few"


def test_other_inputs_in_which_the_tries_differ_are_doubted() -> None:
    cases = [STATED, *WRITTEN, *PROBES]
    best = tried(cases, **{str(number): Shown(passed=True, value="odd") for number in (10, 11)})
    others = [
        tried(cases, **{str(number): Shown(passed=True, value=f"odd {each}")}) for number in (12, 13) for each in (1, 2)
    ]
    choice = replace(choose([best, *others], cases), best=0, apart=(7, 8))

    found = Doubts(chosen=best, cases=cases, choice=choice, goal="").first()
    assert found == "the tries at the program do different things with 2 of 5 other inputs"


def test_an_error_that_the_description_names_has_to_have_been_seen() -> None:
    goal = "f(0) is 0. Less than 0 raises ValueError."
    without = [STATED, *WRITTEN]
    assert "ValueError" in doubt([tried(without)] * 8, without, goal)

    seen = [*without, ERROR]
    assert doubt([tried(seen)] * 8, seen, goal) == ""

    forgotten = [tried(seen, ValueError=Shown(passed=False, value="-1"))] * 8
    assert "ValueError" in doubt(forgotten, seen, goal)


@pytest.mark.parametrize("word", ["sys._getframe()", "os._exit(0)", "gc.get_objects()", "import pytest"])
def test_what_meddles_is_doubted_whatever_passes(word: str) -> None:
    cases = [STATED, *WRITTEN]
    meddling = replace(tried(cases), program=ProgramText(files={"solution.py": word}))

    assert "meddles" in doubt([meddling] * 8, cases)
