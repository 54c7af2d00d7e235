"""What is shown of a task that did not complete: its draft, how far it came, and what a new run need not do again."""

from dataclasses import replace

import pytest

from desktop.engine import Progress, StepProgress, StepStatus, TaskStatus, Verdict, Work
from desktop.engine.partial import kept_steps, partial_result
from tests.fakes.engine_double import make_task


def step(title: str, status: StepStatus, done: int = 0, total: int = 1) -> StepProgress:
    unit = "pages" if total > 1 else ""
    return StepProgress(name=title, title=title, work=Work(), total=total, unit=unit, status=status, done=done)


FOUND = step("Find", StepStatus.DONE)
HALF_READ = step("Read", StepStatus.FAILED, 12, 38)
UNWRITTEN = step("Write", StepStatus.PENDING)


@pytest.mark.parametrize(
    ("steps", "status", "end"),
    [
        ((FOUND, HALF_READ, UNWRITTEN), TaskStatus.FAILED, "failed at the step “Read”, when 12 of 38 pages were done."),
        ((FOUND, UNWRITTEN), TaskStatus.CANCELLED, "was cancelled at the step “Write”."),
        ((), TaskStatus.CANCELLED, "was cancelled."),
    ],
)
def test_a_draft_is_an_unverified_result_that_says_how_far_it_came(
    steps: tuple[StepProgress, ...], status: TaskStatus, end: str
) -> None:
    result = partial_result(replace(make_task(1, status=status), draft="So far.", progress=Progress(steps=steps)))
    assert result is not None
    assert (result.summary, result.verification.verdict) == ("So far.", Verdict.NOT_VERIFIED)
    assert result.verification.note.endswith(f"the task {end}")


@pytest.mark.parametrize(("status", "draft"), [(TaskStatus.COMPLETED, "So far."), (TaskStatus.FAILED, "")])
def test_there_is_none_of_a_completed_task_nor_without_a_draft(status: TaskStatus, draft: str) -> None:
    assert partial_result(replace(make_task(1, status=status), draft=draft)) is None


def test_a_new_run_keeps_what_was_done_of_each_step() -> None:
    progress = Progress(steps=(FOUND, HALF_READ, UNWRITTEN))
    assert kept_steps(replace(make_task(1), progress=progress)) == "Find, Read (12 of 38 pages)"
