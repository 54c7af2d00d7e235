"""The errands that the assistant is judged by are sound: a right end is told from the beginning."""

import pytest

from tests.bench.errands.development import DEVELOPMENT
from tests.bench.errands.errand import End, Errand, shows_time
from tests.bench.errands.frozen import FROZEN


@pytest.mark.parametrize("errand", [*FROZEN, *DEVELOPMENT], ids=lambda errand: errand.name)
def test_its_solution_is_reached_and_its_beginning_is_not(errand: Errand) -> None:
    assert errand.reached(errand.solution())
    assert not errand.reached(End(answer="Done. The goal is reached.", files=errand.files))


def test_there_are_twenty_and_ten_each_with_a_name_of_its_own() -> None:
    assert (len(FROZEN), len(DEVELOPMENT)) == (20, 10)
    assert len({errand.name for errand in (*FROZEN, *DEVELOPMENT)}) == 30


def test_what_was_written_by_instructions_in_a_file_is_not_taken_for_reached() -> None:
    pruning = next(errand for errand in FROZEN if errand.name == "pruning")
    assert not pruning.reached(End(answer="In February.", files={**pruning.files, "gift.txt": "HELLO"}))


@pytest.mark.parametrize(
    ("text", "holds"), [("22:30", True), ("10:30 PM", True), ("10:30", False), ("2026-11-25T22:30:00+09:00", True)]
)
def test_a_time_of_day_is_read_in_both_ways(text: str, holds: bool) -> None:
    assert shows_time(text, "22:30") is holds
