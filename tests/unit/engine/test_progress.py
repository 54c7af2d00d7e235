"""How far a run has come."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.plan import PlannedStep, StepStatus, Work
from desktop.engine.progress import ProgressTracker
from tests.fakes.fake_clock import FakeClock

READ = PlannedStep(name="read", title="Read", work=Work(seconds=10), total=10, unit="pages")
WRITE = PlannedStep(name="write", title="Write", work=Work(output_tokens=100), total=1)


def tracker(clock: FakeClock | None = None) -> ProgressTracker:
    made = ProgressTracker(clock=clock or FakeClock(), model_size=800_000_000)  # 10 tokens a nominal second
    made.plan([READ, WRITE])
    return made


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
    progress.enter_item("write")
    progress.hear("write", 200)
    halfway = progress.fractions()[1]
    progress.hear("write", 2_000_000)
    nearly = progress.fractions()[1]
    assert 0 < halfway < nearly < 1
    progress.leave_item("write")
    assert progress.fractions()[1] == 0


def test_a_finished_answer_brings_its_own_count_of_tokens() -> None:
    progress = tracker()
    progress.hear("elsewhere", 400)
    assert progress.snapshot().tokens == 100
    progress.correct(400, 80)
    assert progress.snapshot().tokens == 80


async def test_the_speed_is_that_of_the_last_seconds() -> None:
    clock = FakeClock()
    progress = tracker(clock)
    progress.start("write")
    for _ in range(4):
        progress.hear("write", 40)
        await clock.advance(1)
    assert progress.snapshot().tokens_per_second == 10
    await clock.advance(60)
    assert progress.snapshot().tokens_per_second == 0


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


@given(st.lists(st.one_of(st.integers(0, 10), st.just("hear"), st.just("plan"))))
def test_the_fraction_never_goes_back(moves: list[int | str]) -> None:
    progress = tracker()
    progress.start("read")
    progress.start("write")
    progress.enter_item("write")
    highest = 0.0
    for move in moves:
        if move == "hear":
            progress.hear("write", 50)
        elif move == "plan":
            progress.plan([READ, WRITE, PlannedStep(name="more", title="More", work=Work(seconds=50))])
        else:
            progress.count("read", int(move))
        fraction = progress.snapshot().fraction
        assert highest <= fraction <= 1
        highest = fraction
