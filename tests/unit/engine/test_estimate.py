"""Time left, as a range that narrows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.estimate import (
    LONGEST,
    UNKNOWN_RATIO,
    Ratio,
    after,
    first_estimate,
    measured_ratio,
    nominal_seconds,
    remaining_estimate,
)
from desktop.engine.plan import Estimate, StepProgress, StepStatus, Work
from desktop.engine.ports import Measurement

positive = st.floats(0.01, 1e4)


def measurement(planned: float, real: float) -> Measurement:
    return Measurement(
        kind="errand",
        model="m",
        planned_seconds=planned,
        seconds=real,
    )


def step(seconds: float, work: float, status: StepStatus = StepStatus.RUNNING) -> StepProgress:
    return StepProgress(name="s", title="S", work=Work(seconds=work), total=1, unit="", status=status, seconds=seconds)


def test_a_larger_model_takes_longer_for_the_same_work() -> None:
    work = Work(prompt_tokens=1000, output_tokens=100)
    assert nominal_seconds(work, 1_000_000_000) == pytest.approx(10 * nominal_seconds(work, 100_000_000))
    assert nominal_seconds(Work(seconds=3), 0) == 3
    assert nominal_seconds(work, 0) > 1  # of a model on another server nobody knows the size


def test_nothing_measured_means_a_wide_range() -> None:
    assert measured_ratio([]) == UNKNOWN_RATIO
    assert measured_ratio([measurement(0, 5)]) == UNKNOWN_RATIO


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=20))
def test_the_expected_ratio_lies_within_its_range(pairs: list[tuple[float, float]]) -> None:
    ratio = measured_ratio([measurement(*pair) for pair in pairs])
    assert ratio.low <= ratio.expected <= ratio.high


def test_more_measurements_that_agree_narrow_the_range() -> None:
    one, many = measured_ratio([measurement(10, 20)]), measured_ratio([measurement(10, 20)] * 10)
    assert one.expected == many.expected == 2
    assert many.high - many.low < one.high - one.low


def test_waiting_adds_the_time_of_those_ahead() -> None:
    own = Estimate(seconds=10, low=5, high=20)
    assert after([own, own], own) == Estimate(seconds=30, low=15, high=60)
    assert first_estimate(10, Ratio(expected=2, low=1, high=3)) == Estimate(seconds=20, low=10, high=30)


@given(st.floats(0, 1), st.floats(0, 1e4), st.floats(1, 1e4))
def test_the_range_holds_the_estimate_at_every_moment(fraction: float, elapsed: float, work: float) -> None:
    left = remaining_estimate([step(elapsed, work)], [fraction], 1000, UNKNOWN_RATIO)
    assert 0 <= left.low <= left.seconds <= left.high


def test_a_run_that_is_slower_than_expected_says_so() -> None:
    on_time = remaining_estimate([step(50, 100)], [0.5], 1000, UNKNOWN_RATIO)
    slow = remaining_estimate([step(200, 100)], [0.5], 1000, UNKNOWN_RATIO)
    assert slow.seconds > 3 * on_time.seconds
    assert remaining_estimate([step(100, 100, StepStatus.DONE)], [1.0], 1000, UNKNOWN_RATIO).seconds == 0
    assert remaining_estimate([], [], 1000, UNKNOWN_RATIO) == Estimate(seconds=0, low=0, high=0)


def test_what_has_not_begun_counts_no_time() -> None:
    left = remaining_estimate(
        [step(10, 10, StepStatus.DONE), step(99, 10, StepStatus.PENDING)], [1.0, 0.0], 1, UNKNOWN_RATIO
    )
    assert left.seconds == pytest.approx(10)


anything = st.floats()


def are_figures(estimate: Estimate) -> bool:
    return all(
        math.isfinite(seconds) and 0 <= seconds <= LONGEST
        for seconds in (estimate.seconds, estimate.low, estimate.high)
    )


@given(anything, anything, anything, st.integers(0, 2**50))
def test_nominal_seconds_are_a_figure_whatever_the_work(a: float, b: float, c: float, size: int) -> None:
    seconds = nominal_seconds(Work(prompt_tokens=a, output_tokens=b, seconds=c), size)
    assert 0 <= seconds <= LONGEST


@given(st.lists(st.tuples(anything, anything), max_size=8), anything, anything, st.floats(0, 1))
def test_an_estimate_is_a_figure_whatever_was_measured(
    pairs: list[tuple[float, float]], planned: float, elapsed: float, fraction: float
) -> None:
    ratio = measured_ratio([measurement(*pair) for pair in pairs])
    first = first_estimate(planned, ratio)
    left = remaining_estimate([step(elapsed, planned)], [fraction], 1000, ratio)
    assert all(are_figures(estimate) for estimate in (first, left, after([first, left], first)))
