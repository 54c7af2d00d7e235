"""How far a run has come."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.inference import Answer, FinishReason, PromptRead, Sign
from desktop.engine.model_call import ItemInFlight
from desktop.engine.plan import Activity, PlannedStep, StepStatus, Work
from desktop.engine.progress import ProgressTracker
from tests.fakes.fake_clock import FakeClock

READ = PlannedStep(name="read", title="Read", work=Work(seconds=10), total=10, unit="pages")
WRITE = PlannedStep(name="write", title="Write", work=Work(output_tokens=100), total=1)


def tracker(clock: FakeClock | None = None) -> ProgressTracker:
    made = ProgressTracker(clock=clock or FakeClock(), model_size=800_000_000)  # 10 tokens a nominal second
    made.plan([READ, WRITE])
    return made


def answer(prompt_tokens: int, cached_tokens: int, output_tokens: int) -> Answer:
    return Answer(
        text="",
        finish=FinishReason.STOP,
        prompt_tokens=prompt_tokens,
        cached_tokens=cached_tokens,
        output_tokens=output_tokens,
        prompt_seconds=1,
        output_seconds=1,
    )


def test_items_and_steps_make_the_fraction() -> None:
    progress = tracker()
    progress.start("read")
    progress.count("read", 5)
    assert progress.snapshot().fraction == 0.25
    progress.stop("read", StepStatus.DONE)
    assert progress.snapshot().fraction == 0.5


async def test_a_step_counts_the_seconds_that_it_runs_and_no_others() -> None:
    clock = FakeClock()
    progress = tracker(clock)
    progress.start("read")
    await clock.advance(3)
    progress.stop("read", StepStatus.PENDING)
    await clock.advance(100)
    progress.start("read", total=4)
    await clock.advance(2)
    (read, _) = progress.snapshot().steps
    assert (read.seconds, read.total) == (5, 4)


def test_text_that_is_being_written_moves_the_bar_but_never_to_the_end() -> None:
    progress = tracker()
    progress.start("write")
    with progress.item("write") as item, progress.call(item) as call:
        call.hear("x" * 200)
        halfway = progress.fractions()[1]
        call.hear("x" * 2_000_000)
        nearly = progress.fractions()[1]
        assert 0 < halfway < nearly < 1
    assert progress.fractions()[1] == 0


def test_a_prompt_that_is_being_read_moves_the_bar_by_what_it_costs() -> None:
    progress = tracker()
    progress.plan([PlannedStep(name="ask", title="Ask", work=Work(prompt_tokens=4000, output_tokens=1000), total=2)])
    progress.start("ask")
    with progress.item("ask") as item, progress.call(item) as call:
        call.hear(PromptRead(tokens=900, cached=900, total=1900))
        assert progress.fractions() == [0]  # what was in the cache cost nothing
        call.hear(PromptRead(tokens=1400, cached=900, total=1900))
        assert progress.fractions() == [pytest.approx(500 / 8000)]
        call.hear(PromptRead(tokens=1400, cached=900, total=1900))
        assert progress.fractions() == [pytest.approx(500 / 8000)]
        assert progress.snapshot().tokens == 0


def test_each_item_counts_what_was_done_for_itself() -> None:
    progress = tracker()
    progress.plan([PlannedStep(name="ask", title="Ask", work=Work(output_tokens=200), total=2)])
    progress.start("ask")
    with progress.item("ask") as slow, progress.call(slow) as call:
        call.hear("x" * 40)
        with progress.item("ask") as quick, progress.call(quick) as other:
            other.hear("x" * 4000)
            assert progress.fractions() == [pytest.approx((0.1 + 0.95) / 2)]
        progress.count("ask", 1)
        assert progress.fractions() == [pytest.approx((0.1 + 1) / 2)]


def test_a_finished_answer_brings_its_own_count_of_tokens() -> None:
    progress = tracker()
    item = ItemInFlight()
    with progress.call(item) as call:
        call.hear("x" * 400)
        assert progress.snapshot().tokens == 100
        call.finish(answer(prompt_tokens=50, cached_tokens=20, output_tokens=80))
    assert progress.snapshot().tokens == 80
    assert (item.read, item.written) == (30, 80)


async def test_the_speed_is_that_of_the_last_seconds() -> None:
    clock = FakeClock()
    progress = tracker(clock)
    progress.start("write")
    with progress.call(ItemInFlight()) as call:
        for _ in range(4):
            call.hear("x" * 40)
            await clock.advance(1)
    assert progress.snapshot().tokens_per_second == 10
    await clock.advance(60)
    assert progress.snapshot().tokens_per_second == 0


async def test_the_watch_stands_still_while_the_model_is_being_loaded() -> None:
    clock = FakeClock()
    progress = tracker(clock)
    progress.start("read")
    await clock.advance(3)
    with progress.loading():
        await clock.advance(20)
        with progress.loading():
            await clock.advance(20)
            assert progress.snapshot().steps[0].seconds == 3
        await clock.advance(20)
        assert progress.snapshot().activity is Activity.LOADING
    await clock.advance(4)
    assert progress.stop("read", StepStatus.DONE) == 7
    assert progress.snapshot().activity is Activity.NONE


def test_what_the_model_does_for_a_run_is_the_most_that_it_does_for_one_of_its_questions() -> None:
    progress = tracker()
    with progress.call(ItemInFlight()) as first, progress.call(ItemInFlight()) as second:
        assert progress.snapshot().activity is Activity.WAITING
        first.begin()
        assert progress.snapshot().activity is Activity.READING
        first.hear("The")
        assert progress.snapshot().activity is Activity.WRITING
        assert progress.snapshot(model_reads=True).activity is Activity.WAITING  # for another task
        second.begin()
        assert progress.snapshot(model_reads=True).activity is Activity.READING
    assert progress.snapshot().activity is Activity.NONE


def test_a_revised_plan_keeps_what_has_started() -> None:
    progress = tracker()
    progress.start("read")
    progress.count("read", 5)
    progress.plan([WRITE, PlannedStep(name="check", title="Check", work=Work(seconds=1))])
    assert [step.name for step in progress.snapshot().steps] == ["read", "write", "check"]
    progress.plan([READ])
    (read,) = progress.snapshot().steps
    assert (read.done, read.status) == (5, StepStatus.RUNNING)


def test_a_step_that_nobody_planned_is_shown_all_the_same() -> None:
    progress = tracker()
    progress.start("surprise")
    assert progress.snapshot().steps[-1].name == "surprise"


def test_a_later_part_of_a_run_goes_on_where_the_earlier_one_ended() -> None:
    earlier = tracker()
    earlier.start("read")
    earlier.count("read", 8)
    later = ProgressTracker(clock=FakeClock(), model_size=800_000_000)
    later.restore(earlier.snapshot())
    assert later.snapshot().fraction == 0.4
    assert later.snapshot().steps[0].status is StepStatus.PENDING


def test_without_work_there_is_no_progress() -> None:
    empty = ProgressTracker(clock=FakeClock(), model_size=1)
    assert empty.snapshot().fraction == 0


reads = st.tuples(st.integers(0, 3000), st.integers(0, 3000)).map(
    lambda pair: PromptRead(tokens=max(pair), cached=min(pair), total=3000)
)
answers = st.builds(
    lambda read, written: answer(prompt_tokens=read, cached_tokens=0, output_tokens=written),
    st.integers(0, 3000),
    st.integers(0, 300),
)
moves = st.lists(
    st.one_of(st.integers(0, 10), st.text(max_size=500), reads, answers, st.sampled_from(["plan", "fail", "load"]))
)


@given(moves)
def test_the_fraction_never_goes_back_and_never_exceeds_one(moves: list[int | Sign | Answer]) -> None:
    progress = tracker()
    progress.start("read")
    progress.start("write")
    highest = 0.0
    with ExitStack() as attempt:
        item = attempt.enter_context(progress.item("write"))
        call = attempt.enter_context(progress.call(item))
        for move in moves:
            match move:
                case "plan":
                    progress.plan([READ, WRITE, PlannedStep(name="more", title="More", work=Work(seconds=50))])
                case "fail":
                    attempt.close()
                    item = attempt.enter_context(progress.item("write"))
                    call = attempt.enter_context(progress.call(item))
                case "load":
                    attempt.enter_context(progress.loading())
                case int():
                    progress.count("read", move)
                case Answer():
                    call.finish(move)
                case _:
                    call.hear(move)
            fraction = progress.snapshot().fraction
            assert highest <= fraction <= 1
            assert all(0 <= each <= 1 for each in progress.fractions())
            highest = fraction
