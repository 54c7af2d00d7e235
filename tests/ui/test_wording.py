"""How times, sizes and states are said."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from desktop.engine import (
    Check,
    Estimate,
    Forecast,
    LoadedModel,
    ModelInfo,
    Progress,
    RuntimeStatus,
    StepProgress,
    StepStatus,
    TaskStatus,
    TrashCause,
    Trashed,
    Verdict,
    Verification,
    Work,
)
from desktop.ui import wording
from desktop.ui.steps_chart import lines_of
from desktop.ui.workload import Workload
from tests.fakes.engine_double import make_task
from tests.fakes.fixed_hardware import GIB, machine

NOW = datetime(2026, 10, 14, 12, 0).astimezone()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (1.6, "2 s"),
        (59.4, "59 s"),
        (70, "1:10"),
        (432, "7 min 12 s"),
        (7500, "2 h 5 min"),
        (3599.9, "1 h 0 min"),
    ],
)
def test_a_duration_is_as_fine_as_it_matters(seconds: float, said: str) -> None:
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((240, 180, 420), "about 4 min (3–7)"),
        ((60, 50, 90), "about 1 min (50–90 s)"),
        ((12, 8, 21), "about 10 s (8–20 s)"),
        ((5, 5, 5), "about 5 s (5 s)"),
        ((7200, 5400, 10800), "about 2.0 h (1.5–3.0)"),
    ],
)
def test_an_estimate_is_a_range(figures: tuple[float, float, float], said: str) -> None:
    likely, low, high = figures
    assert wording.about(Estimate(seconds=likely, low=low, high=high)) == said


def test_without_a_basis_there_is_no_figure() -> None:
    assert wording.time_left(None) == "estimating…"


def test_time_left_keeps_its_range() -> None:
    assert wording.time_left(Estimate(seconds=120, low=62, high=190)) == "about 2 min left (1–3)"


def test_a_forecast_names_the_tasks_ahead() -> None:
    estimate = Estimate(seconds=240, low=180, high=420)
    assert wording.forecast(Forecast(estimate=estimate, position=2)).endswith("after 2 tasks ahead")
    assert wording.forecast(Forecast(estimate=estimate, position=0)) == "about 4 min (3–7)"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(minutes=78), "10:42"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "Monday"),
        (timedelta(days=30), "14 Sep"),
        (timedelta(days=365), "14 Oct 2025"),
        (timedelta(minutes=-5), "12:05"),
    ],
)
def test_a_moment_is_as_near_as_it_is(ago: timedelta, said: str) -> None:
    assert wording.moment((NOW - ago).astimezone(timezone(timedelta(hours=9))), NOW) == said


@pytest.mark.parametrize(
    ("count", "said"), [(12, "12 B"), (96_000, "96 KB"), (5_100_000_000, "5.1 GB"), (999_600, "1.0 MB")]
)
def test_sizes_are_short(count: int, said: str) -> None:
    assert wording.size(count) == said


def step(name: str, status: StepStatus, done: int = 0, total: int = 1, seconds: float = 0) -> StepProgress:
    work = Work(output_tokens=100)
    return StepProgress(
        name=name,
        title=name.capitalize(),
        work=work,
        total=total,
        unit="pages",
        status=status,
        done=done,
        seconds=seconds,
    )


STEPS = (
    step("plan", StepStatus.DONE, 1, 1, 10),
    step("read", StepStatus.RUNNING, 5, 10, 20),
    step("write", StepStatus.PENDING),
)


def test_every_status_is_said_in_words() -> None:
    said = {status: wording.standing(make_task(1, status=status)) for status in TaskStatus}
    assert all(said.values())
    assert said[TaskStatus.RUNNING] == "getting ready"
    assert said[TaskStatus.QUEUED] == "starts next"


def test_a_queued_task_says_what_it_waits_for_rather_than_its_place() -> None:
    task = replace(make_task(1, status=TaskStatus.QUEUED), position=2)
    assert wording.standing(task) == "after 2 tasks ahead"
    assert wording.standing(replace(task, waits="waits for the memory of Qwen3")) == "waits for the memory of Qwen3"


def test_a_running_task_names_its_step_and_count() -> None:
    task = replace(make_task(1, status=TaskStatus.RUNNING), progress=Progress(steps=STEPS, fraction=0.4))
    assert wording.standing(task) == "Read · 5 of 10"


def test_every_verdict_is_said_and_nothing_unverified_passes_for_verified() -> None:
    for verdict in Verdict:
        said = wording.checks(Verification(verdict=verdict, checks=(Check(name="quotes found", passed=1, total=2),)))
        assert said.startswith(wording.VERDICT_WORDS[verdict])
        assert said.endswith("1 of 2 quotes found")
    assert wording.VERDICT_WORDS[Verdict.NOT_VERIFIED] == "unverified"


def test_a_fraction_is_full_only_at_the_end() -> None:
    assert wording.percent(0.9999) == "99 %"
    assert wording.percent(1) == "100 %"


ON_PROCESSOR = LoadedModel(name="m", context_tokens=4096, slots=1, device="CPU, 2 threads", fit="4k context, 1 slot")
ON_CARD = replace(
    ON_PROCESSOR, device="RTX 4070", gpu_layers=33, layers=33, gpu_memory=round(5.1 * GIB), gpu_total=12 * GIB
)
IDLE_CARD = machine(advice="The driver is too old.")


def test_the_runtime_tells_problems_first_unless_it_tries_again() -> None:
    assert wording.runtime(RuntimeStatus(model=ON_PROCESSOR, problem="It crashed.")) == "It crashed."
    assert wording.runtime(RuntimeStatus(loading="m", problem="It crashed.")) == "Loading m…"


def test_the_runtime_tells_model_device_memory_and_speed() -> None:
    on_card, on_processor = RuntimeStatus(model=ON_CARD, memory=GIB), RuntimeStatus(model=ON_PROCESSOR, memory=GIB)
    assert wording.runtime(on_card, 61.2) == "m · RTX 4070, 33/33 layers · 5.1 of 12 GB · 61 tok/s"
    assert wording.runtime(on_processor, 0.2, machine()) == "m · CPU, 2 threads · 1.0 of 16 GB"
    assert wording.runtime(on_processor) == "m · CPU, 2 threads · 1.0 GB"


def test_before_the_first_task_it_tells_what_that_will_load() -> None:
    assert wording.runtime(RuntimeStatus(), default="m") == "No model is loaded; the first task loads m"
    assert wording.runtime(RuntimeStatus()) == "No model is loaded; the first task loads one"


def test_a_card_that_lies_idle_is_told_and_why_and_one_that_is_not_there_is_not() -> None:
    loaded = RuntimeStatus(model=replace(ON_PROCESSOR, reason="No driver.", given_up=("2 slots",), lacks=("schemas",)))
    assert wording.runtime(loaded, machine=IDLE_CARD) == "m · CPU, 2 threads, graphics card not used"
    assert wording.runtime(RuntimeStatus(), machine=IDLE_CARD).endswith(" · graphics card not used")
    assert wording.runtime_in_full(loaded, IDLE_CARD) == [
        "4k context, 1 slot",
        "No driver.",
        "Loaded with less: 2 slots.",
        "Can’t do: schemas.",
        "The driver is too old.",
    ]
    assert wording.runtime(loaded, machine=machine()) == "m · CPU, 2 threads"
    assert wording.runtime_in_full(RuntimeStatus(), machine()) == []
    assert "not used" not in wording.runtime(RuntimeStatus(model=ON_CARD), machine=IDLE_CARD)


def test_a_model_elsewhere_is_told_by_its_host_and_takes_no_memory_here() -> None:
    there = replace(ON_PROCESSOR, name="box/m", device="at gpu-box:8080", runtime="endpoint", reason="You chose it.")
    beside_one_here = RuntimeStatus(model=there, memory=GIB)
    assert wording.runtime(beside_one_here, 61.2, IDLE_CARD) == "box/m · at gpu-box:8080 · 61 tok/s"
    assert wording.share(beside_one_here, IDLE_CARD) == (0, 0)
    assert "The driver is too old." not in wording.runtime_in_full(beside_one_here, IDLE_CARD)
    info = ModelInfo(name="box/m", path="http://gpu-box:8080/v1#m", size=0, host="gpu-box:8080")
    assert wording.model_choice(info) == "box/m (at gpu-box:8080)"
    assert wording.model_choice(replace(info, name="m", host="")) == "m"


def test_the_workload_ends_when_the_last_task_does() -> None:
    assert wording.workload(2, 1, 51 * 60, NOW) == "2 running · 1 queued · done at about 12:51"
    assert wording.workload(0, 0, None, NOW) == "Nothing is running"


def test_the_workload_is_unknown_while_one_task_is_being_estimated() -> None:
    load = Workload()
    known = replace(make_task(1, status=TaskStatus.RUNNING), estimate=Estimate(seconds=60, low=40, high=90))
    load.take_up((known, make_task(2)))
    assert load.seconds_left is None
    load.take_up((replace(make_task(2), status=TaskStatus.CANCELLED),))
    assert load.seconds_left == 60


def test_steps_stand_one_after_another_and_share_out_the_time_left() -> None:
    estimate = Estimate(seconds=90, low=60, high=120)
    task = replace(make_task(1, status=TaskStatus.RUNNING), progress=Progress(steps=STEPS), estimate=estimate)
    plan, read, write = lines_of(task)
    assert plan.took == "10 s"
    assert write.took == "~1:00"
    assert (plan.start, read.start) == (0.0, plan.length)
    assert read.filled == 0.5
    assert read.note == "5 of 10 pages"
    assert plan.length + read.length + write.length == pytest.approx(1)


def test_without_an_estimate_no_step_promises_a_time() -> None:
    task = replace(make_task(1, status=TaskStatus.RUNNING), progress=Progress(steps=STEPS))
    assert lines_of(task)[2].took == ""


STAY = Trashed(at=NOW, cause=TrashCause.PERSON, seen=0.0)


@pytest.mark.parametrize(
    ("fields", "left", "said"),
    [
        ({}, 7.0, ""),
        ({"finished_at": NOW, "expires_at": NOW + timedelta(days=30)}, 7.0, "kept until {day} {month}"),
        ({"finished_at": NOW, "expires_at": NOW + timedelta(days=400)}, 7.0, "kept until {day} {month} {year}"),
        ({"finished_at": NOW, "pinned": True}, 7.0, "pinned"),
        ({"trashed": STAY}, 7.0, "in Trash, gone in 7 days"),
        ({"trashed": STAY}, 4.1, "in Trash, gone in 5 days"),
        ({"trashed": STAY}, 0.1, "in Trash, gone in 1 day"),
        ({"trashed": STAY}, 0.0, "in Trash, about to go"),
    ],
)
def test_how_long_a_task_is_kept(fields: dict[str, Any], left: float, said: str) -> None:
    task = replace(make_task(1), **fields)
    until = task.expires_at.astimezone()
    expected = said.format(day=until.day, month=f"{until:%B}", year=until.year)
    assert wording.kept(task, timedelta(days=left), NOW) == expected
