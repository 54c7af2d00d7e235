"""A question to a model, kept as a task."""

from typing import Any

import pytest

from desktop.agents import ChatAgent
from desktop.engine import Check, Input, InvalidRequest, Message, Role, TaskRequest, Verdict
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import ScriptedModel

TALK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How wide is the sea?"}]


def a_request(**options: Any) -> TaskRequest:
    return TaskRequest(kind="chat", goal="How wide is the sea?", options=options)


def a_run(request: TaskRequest, **details: Any) -> MemoryRun:
    return MemoryRun(request, ScriptedModel(lambda _: "Very wide."), MemoryReader(), **details)


async def test_the_conversation_is_asked_as_it_was_given_and_the_answer_is_the_result() -> None:
    run = a_run(a_request(messages=TALK, max_tokens=20, temperature=0.5, top_p=0.9, seed=4, schema=None))
    result = await ChatAgent().carry_out(run)

    (prompt,) = run.prompts
    assert prompt.messages == (
        Message(role=Role.SYSTEM, content="Be brief."),
        Message(role=Role.USER, content="How wide is the sea?"),
    )
    assert (prompt.max_tokens, prompt.temperature, prompt.top_p, prompt.seed) == (20, 0.5, 0.9, 4)
    assert result.summary == "Very wide."
    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert result.verification.checks == (Check(name="whole answer", passed=1, total=1),)


async def test_an_answer_that_was_cut_off_says_so() -> None:
    result = await ChatAgent().carry_out(a_run(a_request(max_tokens=1)))
    assert result.verification.checks == (Check(name="whole answer", passed=0, total=1),)


async def test_the_goal_alone_makes_a_question() -> None:
    run = a_run(a_request())
    await ChatAgent().carry_out(run)
    assert run.prompts[0].messages == (Message(role=Role.USER, content="How wide is the sea?"),)


async def test_a_resumed_run_does_not_ask_again() -> None:
    first = a_run(a_request(messages=TALK))
    result = await ChatAgent().carry_out(first)
    second = a_run(a_request(messages=TALK), journal=first.journal)
    assert await ChatAgent().carry_out(second) == result
    assert not second.prompts


@pytest.mark.parametrize(
    "options",
    [
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user"}]},
        {"messages": "hello"},
        {"max_tokens": 0},
        {"temperature": 3},
        {"top_p": 0},
        {"mode": "summarise"},
    ],
)
def test_options_that_make_no_question_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="options") as caught:
        ChatAgent().check(a_request(**options))
    assert "messages" in caught.value.hint


def test_files_are_for_another_kind_of_task() -> None:
    request = TaskRequest(kind="chat", goal="Read it", inputs=(Input(name="a.txt", text="The sea."),))
    with pytest.raises(InvalidRequest, match="files") as caught:
        ChatAgent().check(request)
    assert "documents" in caught.value.hint


def test_longer_conversations_and_answers_are_expected_to_take_longer() -> None:
    agent = ChatAgent()
    works = [
        agent.outline(a_request(messages=TALK * n, **limit), ())[0].work
        for n in (1, 9)
        for limit in ({}, {"max_tokens": 2000})
    ]
    assert works[0].prompt_tokens < works[2].prompt_tokens
    assert works[0].output_tokens < works[1].output_tokens
