"""What a notification says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import Failure, Question, Result, Task, TaskStatus, Verdict, Verification
from desktop.notify.wording import BODY_CHARACTERS, HEADING_CHARACTERS, body, heading
from tests.fakes.engine_double import START, make_task, worked

UNCHECKED = Verification(verdict=Verdict.NOT_VERIFIED)


def completed(summary: str, *, title: str = "Notes", seconds: float = 75) -> Task:
    return replace(
        make_task(1, title=title, status=TaskStatus.COMPLETED),
        started_at=START,
        finished_at=START - timedelta(days=1),  # whatever became of the clock
        progress=worked(seconds),
        result=Result(summary=summary, verification=UNCHECKED),
    )


def test_a_completed_task_says_its_title_its_time_and_its_first_words() -> None:
    task = completed("\n## The sea\n\nIt is wide.")
    assert (heading(task), body(task, markup=False)) == ("Completed: Notes", "after 75 s · The sea")


def test_a_failed_task_says_why_and_what_to_do() -> None:
    failure = Failure(type="CannotComplete", message="The PDF is encrypted.", hint="Save it without a password.")
    task = replace(make_task(1, title="Notes", status=TaskStatus.FAILED), failure=failure)
    assert heading(task) == "Failed: Notes"
    assert body(task, markup=False) == "The PDF is encrypted. Save it without a password."


def test_a_task_that_waits_says_that_it_needs_the_person() -> None:
    task = replace(make_task(1, status=TaskStatus.WAITING), question=Question(text="May it install <b>regex</b>?"))
    assert heading(task) == "Needs you: Task 1"
    assert body(task, markup=True) == "May it install &lt;b&gt;regex&lt;/b&gt;?"


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (240, "4 min"), (7800, "2 h 10 min")])
def test_the_duration_is_said_as_a_person_would(seconds: float, words: str) -> None:
    assert body(completed("", seconds=seconds), markup=False) == f"after {words}"


def test_markup_in_the_body_is_text() -> None:
    task = completed('<b>Sale</b> & <a href="file:///etc/passwd">more</a>')
    assert (
        body(task, markup=True)
        == 'after 75 s · &lt;b&gt;Sale&lt;/b&gt; &amp; &lt;a href="file:///etc/passwd"&gt;more&lt;/a&gt;'
    )


@given(st.text(), st.text())
def test_no_title_or_summary_gets_out_of_its_line(title: str, summary: str) -> None:
    task = completed(summary, title=title or "x")
    for text in (heading(task), body(task, markup=False)):
        assert len(text) <= HEADING_CHARACTERS + BODY_CHARACTERS
        assert text[0].isalpha()
        assert "'" not in text
        assert "\\" not in text
        assert text.isprintable() or not text.isascii()
        assert not set(text) & {"\n", "\x1b", "\x00", "\u202e", "\u2066"}
