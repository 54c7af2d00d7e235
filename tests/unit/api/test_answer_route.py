"""Answers over HTTP, as another program gives them."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.engine import Question, QuestionAsked, QuestionId, RunNumber, TaskStatus, question_id
from tests.fakes.engine_double import START, make_task
from tests.unit.api.conftest import Served

MAY_I = Question(text="May it install a package?", details="pip install regex", choices=("allow", "deny"))
WAITING = replace(make_task(1, status=TaskStatus.WAITING), question=MAY_I)
ASKED = question_id(WAITING.run, MAY_I)
ANSWER = f"/tasks/{WAITING.task_id}/answer"


async def test_the_question_is_in_the_task(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(WAITING)
    async with client.get(f"/tasks/{WAITING.task_id}") as answer:
        shown = await answer.json()
    assert shown["status"] == "waiting"
    assert shown["estimated_time"] is None
    assert shown["question"] == {
        "question_id": ASKED,
        "text": "May it install a package?",
        "details": "pip install regex",
        "choices": ["allow", "deny"],
    }


async def test_the_question_is_in_the_events(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(WAITING)
    served.engine.tell(
        QuestionAsked(task_id=WAITING.task_id, at=START, run=RunNumber(1), question_id=ASKED, question=MAY_I)
    )
    async with client.get(f"/tasks/{WAITING.task_id}/events", params={"after": "0"}) as answer:
        lines = [await answer.content.readline() for _ in range(3)]
    told = b"".join(lines).decode()
    assert "event: QuestionAsked" in told
    assert "pip install regex" in told


async def test_an_answer_puts_the_task_in_line_and_may_be_sent_twice(
    client: aiohttp.ClientSession, served: Served
) -> None:
    served.engine.put(WAITING)
    for _ in range(2):
        async with client.post(ANSWER, json={"answer": "allow", "question_id": ASKED}) as answer:
            assert answer.status == 200
            assert (await answer.json())["status"] == "queued"
            assert answer.headers["Retry-After"]
    assert served.engine.tasks[WAITING.task_id].answered is not None


async def test_another_answer_after_that_is_a_conflict_that_names_the_status(
    client: aiohttp.ClientSession, served: Served
) -> None:
    served.engine.put(WAITING)
    async with client.post(ANSWER, json={"answer": "allow"}) as answer:
        assert answer.status == 200
    async with client.post(ANSWER, json={"answer": "deny"}) as answer:
        problem = await answer.json()
    assert (problem["status"], problem["task_status"]) == (409, "queued")
    assert "answered before" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"answer": "maybe"}, 422),
        ({"answer": ""}, 422),
        ({"answer": 1}, 422),
        ({}, 422),
        ({"answer": "allow", "choice": "allow"}, 422),
        ({"answer": "allow", "question_id": "another"}, 409),
    ],
)
async def test_what_is_no_answer_is_refused_and_the_task_waits(
    client: aiohttp.ClientSession, served: Served, body: dict[str, object], status: int
) -> None:
    served.engine.put(WAITING)
    async with client.post(ANSWER, json=body) as answer:
        assert answer.status == status
        assert (await answer.json())["hint"]
    assert served.engine.tasks[WAITING.task_id].status is TaskStatus.WAITING


async def test_a_task_that_nobody_knows_is_not_found(client: aiohttp.ClientSession) -> None:
    async with client.post("/tasks/01K/answer", json={"answer": "allow"}) as answer:
        assert answer.status == 404


async def test_the_client_answers(served: Served) -> None:
    served.engine.put(WAITING)
    engine = RunningEngine(served.announcement)
    with pytest.raises(Refused, match="something else"):
        await asyncio.to_thread(engine.answer, WAITING.task_id, "allow", QuestionId("another"))
    task = await asyncio.to_thread(engine.answer, WAITING.task_id, "allow")
    assert task.status is TaskStatus.QUEUED
