"""The picture of the steps, with parts below what they are a part of."""

from dataclasses import replace

from desktop.engine import Estimate, Progress, StepProgress, StepStatus, TaskStatus, Work
from desktop.ui import wording
from desktop.ui.steps_chart import StepsChart, lines_of
from desktop.ui.theme import Theme
from tests.fakes.engine_double import make_task


def step(name: str, status: StepStatus, within: str = "", seconds: float = 0.0) -> StepProgress:
    work = Work(output_tokens=100)
    return StepProgress(
        name=name, title=name.upper(), work=work, total=1, unit="", status=status, within=within, seconds=seconds
    )


STEPS = (
    step("plan", StepStatus.DONE, seconds=2),
    step("ask", StepStatus.RUNNING),
    step("end", StepStatus.PENDING),
    step("read", StepStatus.DONE, "ask", 3),
    step("note", StepStatus.RUNNING, "ask", 5),
)
TASK = replace(
    make_task(1, status=TaskStatus.RUNNING),
    progress=Progress(steps=STEPS, tokens_per_second=20.0),
    estimate=Estimate(seconds=30, low=20, high=40),
)


def test_parts_stand_below_what_they_are_in_and_within_its_bar() -> None:
    lines = lines_of(TASK)
    assert [(line.step.name, line.depth) for line in lines] == [
        ("plan", 0),
        ("ask", 0),
        ("read", 1),
        ("note", 1),
        ("end", 0),
    ]
    _, ask, read, note, end = lines
    assert ask.took == "8 s"
    assert ask.start <= read.start < note.start < end.start
    assert abs(ask.start + ask.length - (note.start + note.length)) < 1e-9
    assert abs(end.start + end.length - 1) < 1e-9
    assert (ask.note, note.note) == ("20 tok/s", "20 tok/s") or (ask.note, note.note) == ("", "20 tok/s")


def test_the_innermost_step_is_what_the_task_does() -> None:
    assert wording.standing(TASK) == "ASK: NOTE"


def test_a_part_is_told_as_one(theme: Theme) -> None:
    chart = StepsChart(theme)
    chart.show_task(TASK)
    assert "a part: NOTE, running, 5 s 20 tok/s" in chart.accessibleDescription()
    assert "; ASK, running, 8 s" in chart.accessibleDescription()
