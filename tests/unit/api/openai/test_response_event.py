"""What a webhook says of a response."""

from dataclasses import replace

import pytest

from desktop.agents.chat.chat_agent import WHOLE_ANSWER
from desktop.api.openai.response_event import response_event
from desktop.engine import Check, Result, RunNumber, TaskStatus, Verdict, Verification
from tests.fakes.engine_double import START, make_task

TASK = make_task(1)


@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED])
def test_every_end_is_an_event_that_names_the_response(status: TaskStatus) -> None:
    ended = replace(TASK, status=status, finished_at=START)
    assert response_event(ended) == {
        "id": f"evt_{TASK.task_id}_1",
        "object": "event",
        "created_at": int(START.timestamp()),
        "type": f"response.{status}",
        "data": {"id": f"resp_{TASK.task_id}"},
    }


def test_an_answer_that_was_cut_off_is_incomplete() -> None:
    check = Check(name=WHOLE_ANSWER, passed=0, total=1)
    result = Result(summary="The", verification=Verification(verdict=Verdict.NOT_VERIFIED, checks=(check,)))
    told = response_event(replace(TASK, status=TaskStatus.COMPLETED, finished_at=START, result=result))
    assert told is not None
    assert told["type"] == "response.incomplete"


def test_another_run_ends_in_another_event() -> None:
    ended = replace(TASK, status=TaskStatus.COMPLETED, finished_at=START)
    again = response_event(replace(ended, run=RunNumber(2)))
    first = response_event(ended)
    assert first is not None
    assert again is not None
    assert first["id"] != again["id"]


def test_what_goes_on_is_no_event() -> None:
    assert response_event(TASK) is None
