"""Steps and their parts in the order in which they are read."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import StepProgress, Work, nested


def step(name: str, within: str = "") -> StepProgress:
    return StepProgress(name=name, title=name, work=Work(), total=1, unit="", within=within)


def outline(*steps: StepProgress) -> list[tuple[str, int, int]]:
    return [(line.step.name, line.depth, line.parts) for line in nested(steps)]


def test_parts_follow_what_they_are_in_wherever_they_stood() -> None:
    steps = (step("c", "b"), step("a"), step("b", "a"), step("d"), step("e", "a"))
    assert outline(*steps) == [("a", 0, 3), ("b", 1, 1), ("c", 2, 0), ("e", 1, 0), ("d", 0, 0)]


def test_a_part_of_nothing_that_is_there_stands_by_itself() -> None:
    assert outline(step("a", "gone"), step("b")) == [("a", 0, 0), ("b", 0, 0)]


def test_steps_that_would_be_in_each_other_are_all_shown_once() -> None:
    assert [name for name, _, _ in outline(step("a", "b"), step("b", "a"), step("c", "c"))] == ["a", "b", "c"]


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, NAMES | st.just(""), max_size=6))
def test_every_step_is_shown_exactly_once(within: dict[str, str]) -> None:
    shown = [line.step.name for line in nested([step(name, parent) for name, parent in within.items()])]
    assert sorted(shown) == sorted(within)
