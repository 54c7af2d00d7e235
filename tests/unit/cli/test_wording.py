"""Durations, sizes and states in words."""

from dataclasses import replace

import pytest

from desktop.api.representation import PublicTask, PublicVerification, public_task
from desktop.cli.wording import duration, progress_line, size, step_lines, time_left, verification_line
from desktop.engine import Activity, Check, Estimate, Progress, StepProgress, StepStatus, TaskStatus, Verdict, Work
from tests.fakes.engine_double import make_task


def running(**changes: object) -> PublicTask:
    steps = (
        StepProgress(name="a", title="Read", work=Work(), total=1, unit="", status=StepStatus.DONE, done=1),
        StepProgress(
            name="b", title="Take notes", work=Work(), total=12, unit="passages", status=StepStatus.RUNNING, done=3
        ),
    )
    task = replace(
        make_task(1, status=TaskStatus.RUNNING),
        progress=Progress(fraction=0.34, steps=steps, tokens=9, tokens_per_second=80.4),
        estimate=Estimate(seconds=120, low=60, high=180),
    )
    return public_task(replace(task, **changes), lambda _task, artifact: artifact.name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (7800, "2 h 10 min"), (-1, "0 s")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (999, "999 bytes"), (98_400_000, "98.4 MB"), (10**18, "1000000.0 TB")]
)
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words


def test_a_running_task_says_where_it_is_and_how_long_it_takes() -> None:
    assert progress_line(running()) == (
        "34% · step 2 of 2: Take notes 3/12 passages · about 2 min (1 min to 3 min) left · 80 tok/s"
    )


PARTS = (
    StepProgress(name="plan", title="Plan", work=Work(), total=1, unit="", status=StepStatus.DONE, done=1, seconds=2),
    StepProgress(name="ask", title="Ask the documents", work=Work(), total=1, unit="", status=StepStatus.RUNNING),
    StepProgress(name="end", title="Write", work=Work(), total=1, unit=""),
    StepProgress(
        name="ask.read",
        title="Read",
        work=Work(),
        total=9,
        unit="pages",
        status=StepStatus.RUNNING,
        done=3,
        seconds=4,
        within="ask",
    ),
)


def test_a_part_stands_below_what_it_is_a_part_of_and_counts_its_time() -> None:
    task = running(progress=Progress(fraction=0.34, steps=PARTS))
    assert step_lines(task) == [
        "  done     Plan · 2 s",
        "  running  Ask the documents · 4 s",
        "    running  Read 3/9 pages · 4 s",
        "  pending  Write · 0 s",
    ]
    assert "step 2 of 3: Ask the documents: Read 3/9 pages" in progress_line(task)


def test_without_a_basis_it_says_that_it_is_estimating() -> None:
    assert progress_line(running(estimate=None, progress=Progress())) == "0% · estimating…"


@pytest.mark.parametrize(
    ("activity", "words"),
    [("loading", "loading the model"), ("waiting", "waiting for the model"), ("reading", "reading")],
)
def test_it_is_said_what_the_model_does(activity: str, words: str) -> None:
    line = progress_line(running(estimate=None, progress=Progress(activity=Activity(activity))))
    assert line == f"0% · estimating… · {words}"


def test_a_range_that_is_none_is_one_figure() -> None:
    assert time_left(running(estimate=Estimate(seconds=3, low=3, high=3))) == "about 3 s (3 s)"
    assert time_left(replace(running(), estimated_range=None)) == "about 2 min"


def test_a_queued_task_says_its_place() -> None:
    assert progress_line(running(status=TaskStatus.QUEUED, position=2)).startswith("Queued, 2 ahead · about 2 min")
    assert progress_line(running(status=TaskStatus.QUEUED, position=0)).startswith("Queued, next")


def test_a_queued_task_says_what_it_waits_for_besides() -> None:
    line = progress_line(running(status=TaskStatus.QUEUED, position=0, waits="waits for the memory of Qwen3"))
    assert line.startswith("Queued, next · waits for the memory of Qwen3 · about 2 min")


def test_other_states_are_one_word() -> None:
    assert progress_line(running(status=TaskStatus.PAUSED)) == "Paused"


def test_what_could_not_be_checked_is_said_to_be_unverified() -> None:
    shown = PublicVerification(verdict=Verdict.NOT_VERIFIED, checks=(), note="No quotations.")
    assert verification_line(shown) == "Result: unverified · No quotations."
    checks = (Check(name="quotations", passed=4, total=5),)
    shown = PublicVerification(verdict=Verdict.PARTLY, checks=checks, note="")
    assert verification_line(shown) == "Result: partly verified · quotations 4/5"
