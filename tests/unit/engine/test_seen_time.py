from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import SeenTime

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
BEGUN = SeenTime(seconds=0.0, mark=NOW)


@pytest.mark.parametrize(
    ("ran", "told", "counted"),
    [
        (HOUR, HOUR, HOUR),
        (HOUR, 9 * HOUR, 9 * HOUR),  # the machine slept
        (HOUR, 24 * HOUR, HOUR),  # it slept for a day, or its clock was moved
        (HOUR, HOUR + DAY - timedelta(seconds=1), HOUR),  # moved by a day, as two clocks that differ a little tell it
        (HOUR, 400 * DAY, HOUR),
        (HOUR, -DAY, HOUR),
        (HOUR, -400 * DAY, HOUR),
        (3 * DAY, 3 * DAY, 3 * DAY),
        (3 * DAY, 2 * DAY, 3 * DAY),
        (0 * HOUR, 0 * HOUR, 0 * HOUR),
    ],
)
def test_time_counts_that_has_passed_for_certain(ran: timedelta, told: timedelta, counted: timedelta) -> None:
    assert BEGUN.after(ran.total_seconds(), NOW + told).seconds == counted.total_seconds()


def test_time_that_the_clock_tells_twice_counts_once() -> None:
    ahead = BEGUN.after(0.0, NOW + 2 * HOUR)
    back = ahead.after(0.0, NOW)
    again = back.after(0.0, NOW + 2 * HOUR)
    assert (ahead.seconds, back.seconds, again.seconds) == (7200.0, 7200.0, 7200.0)
    assert again.after(0.0, NOW + 3 * HOUR).seconds == 3 * 3600.0


def test_after_a_wrong_clock_was_put_right_nights_count_again() -> None:
    wrong = BEGUN.after(0.0, NOW + 400 * DAY)
    right = wrong.after(0.0, NOW)
    assert right.after(0.0, NOW + 9 * HOUR).seconds == 9 * 3600.0


moves = st.floats(min_value=86_400, max_value=1e9) | st.floats(min_value=-1e9, max_value=-86_400)


@given(st.lists(st.tuples(st.floats(0, 1e6), moves), max_size=20))
def test_a_clock_that_is_moved_by_days_makes_nothing_older_than_it_is(steps: list[tuple[float, float]]) -> None:
    seen, real, shift = BEGUN, 0.0, 0.0
    for ran, move in steps:
        real += ran
        shift += move + (3600 if move > 0 else -3600)  # beyond what rounding of dates takes away
        seen = seen.after(ran, NOW + timedelta(seconds=real + shift))
    assert seen.seconds == pytest.approx(real)
