"""Errands end: by their budget, when they go in circles, when nothing works; and say so."""

from typing import Any

import pytest

from desktop.agents import AssistantAgent
from desktop.agents.assistant.budget import Budget, parse_budget
from desktop.engine import CannotComplete, InvalidRequest, TaskRequest, Verdict
from tests.unit.agents.assistant.scene import FINISH, Act, Desk, Script, a_run, carry_out, choices, transcript

FILES = {f"{letter}.txt": f"Letter {letter}\n" for letter in "abcdefghijklmnop"}


def read(name: str) -> Act:
    return "read_file", {"path": f"{name}.txt"}


async def test_a_budget_of_turns_ends_the_work_with_what_there_is() -> None:
    run = a_run(
        Desk(FILES), Script([read("a"), read("b"), read("c"), FINISH], answer="I read a and b."), budget="2 turns"
    )
    result = await carry_out(run)

    assert [turn["turn"] for turn in transcript(run)["turns"]] == [1, 2, 3]
    assert result.verification.verdict is Verdict.PARTLY
    assert "all 2 turns of its budget were used" in result.verification.note
    assert result.summary.startswith("**Not finished.**")
    assert "I read a and b." in result.summary


async def test_a_budget_of_tokens_ends_the_work() -> None:
    run = a_run(Desk(FILES), Script([read(name) for name in "abcdefgh"]), budget={"tokens": 1500})
    result = await carry_out(run)

    assert "budget of 1,500 tokens" in result.verification.note
    assert len(transcript(run)["turns"]) < 8


async def test_a_budget_of_time_is_counted_in_seconds_of_work() -> None:
    run = a_run(Desk(FILES), Script([read(name) for name in "abcdefgh"]), budget="2 s")
    result = await carry_out(run)

    assert "its budget of 2 seconds was used" in result.verification.note


async def test_the_same_call_with_the_same_output_is_noticed_and_another_one_asked_for() -> None:
    run = a_run(Desk(FILES), Script([read("a"), read("a"), read("a"), read("b"), FINISH]), "Read the letters")
    await carry_out(run)
    told, asked = transcript(run), choices(run)

    assert [turn["same_as_turn"] for turn in told["turns"][1:4]] == [None, 2, 3]
    assert "brings nothing new" in asked[2].messages[-1].content
    assert asked[2].temperature > 0
    assert "read_file" not in asked[2].schema["properties"]["action"]["enum"]  # type: ignore[index]
    assert "read_file" not in asked[3].schema["properties"]["action"]["enum"]  # type: ignore[index]
    assert [plan["from_turn"] for plan in told["plans"]] == [2, 5]


async def test_a_ring_of_several_calls_is_a_circle_too() -> None:
    run = a_run(Desk(FILES), Script([read("a"), read("b")] * 20), "Read the letters")
    result = await carry_out(run)

    assert "went in circles" in result.verification.note
    assert len(transcript(run)["turns"]) == 7


async def test_the_same_text_read_in_other_words_is_nothing_new() -> None:
    acts: list[Act] = [read("a"), ("read_file", {"path": "a.txt", "part": 1}), FINISH]
    run = a_run(Desk(FILES), Script(acts), "Read the letters")
    await carry_out(run)

    assert [turn["same_as_turn"] for turn in transcript(run)["turns"][1:3]] == [None, 2]


async def test_what_was_all_read_is_not_read_again_and_what_was_written_is_told() -> None:
    write: Act = ("write_file", {"path": "b.txt", "content": "x"})
    run = a_run(Desk({"a.txt": "Letter a"}, much=False), Script([write, FINISH]), "Write b.txt")
    await carry_out(run)
    before, after = choices(run)

    assert "read_file" not in before.schema["properties"]["action"]["enum"]  # type: ignore[index]
    assert "read_file" not in after.schema["properties"]["action"]["enum"]  # type: ignore[index]
    assert "Plan:" in before.messages[-1].content
    assert "need no confirming:\n<<<\nb.txt\n>>>" in after.messages[-1].content
    assert "Plan:" not in after.messages[-1].content


async def test_reading_anew_what_has_changed_is_no_circle() -> None:
    acts: list[Act] = []
    for number in range(6):
        acts += [read("a"), ("write_file", {"path": "a.txt", "content": f"{number}\n"})]
    run = a_run(Desk(FILES), Script([*acts, FINISH]), "Count in a.txt")
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.VERIFIED


async def test_failures_in_a_row_bring_a_new_plan_and_then_an_end() -> None:
    run = a_run(Desk(FILES), Script([read(f"missing{number}") for number in range(12)]), "Read it")
    with pytest.raises(CannotComplete, match="7 calls in a row failed") as caught:
        await carry_out(run)

    assert caught.value.hint
    assert [name for name in run.steps if name.startswith("plan ")] == ["plan 5", "plan 8"]


async def test_old_turns_are_summed_up_where_the_context_is_short_and_the_transcript_keeps_them() -> None:
    long = {name: text * 150 for name, text in FILES.items()}
    script = Script([*[read(name) for name in "abcdefgh"], FINISH], facts=["Letter a comes first."])
    run = a_run(Desk(long), script, "Read the letters, a.txt first", context_tokens=3000)
    result = await carry_out(run)
    told = transcript(run)

    assert result.verification.verdict is Verdict.PARTLY
    assert told["summaries"]
    assert told["summaries"][0]["facts"] == ["Letter a comes first."]
    assert "2. read_file(path=a.txt) done" in told["summaries"][0]["calls"]
    assert len(told["turns"][1]["output"]) == len(long["a.txt"])
    last = choices(run)[-1].messages[1].content
    assert "summed up" in last
    assert "Letter a comes first." in last
    assert any(step.title.startswith("Sum up turns 1 to") for step in run.plans[-1])


async def test_a_giant_output_is_cut_for_the_model_and_whole_in_the_transcript() -> None:
    desk = Desk({"big.txt": "begin " + "x" * 300_000 + " end"})
    run = a_run(desk, Script([read("big"), FINISH]), "Read the file", context_tokens=4096)
    await carry_out(run)

    shown = choices(run)[-1].messages[-1].content
    assert "begin" in shown
    assert " end" in shown
    assert "characters are left out here" in shown
    assert len(shown) < 10_000
    assert len(transcript(run)["turns"][1]["output"]) == 300_010


async def test_a_context_that_holds_not_even_the_goal_is_told() -> None:
    with pytest.raises(CannotComplete, match="no room"):
        await carry_out(a_run(Desk(FILES), Script([FINISH]), "Read " * 700, context_tokens=512))


@pytest.mark.parametrize(
    ("option", "budget"),
    [
        (None, Budget()),
        ("20 turns, 10 minutes, 30000 tokens", Budget(turns=20, seconds=600, tokens=30_000)),
        ("30,000 tokens", Budget(tokens=30_000)),
        ("1 h 30 min and 5 turns", Budget(turns=5, seconds=5400)),
        ({"turns": 3, "minutes": 2}, Budget(turns=3, seconds=120)),
        ({"seconds": 90}, Budget(seconds=90)),
    ],
)
def test_a_budget_is_a_text_or_a_mapping(option: Any, budget: Budget) -> None:
    assert parse_budget(option) == budget


@pytest.mark.parametrize(
    "options",
    [
        {"budget": "much"},
        {"budget": "5 apples"},
        {"budget": "0 turns"},
        {"budget": "20 turns or so"},
        {"budget": {"turns": "x"}},
        {"budget": {"turns": True}},
        {"budget": {"seconds": float("nan")}},
        {"budget": ["20 turns"]},
        {"budget": 1e30},
        {"budget": {"tokens": 10**12}},
        {"tools": 3},
        {"servers": 5},
        {"policy": "write_file=perhaps"},
        {"policy": 5},
        {"colour": "red"},
    ],
)
def test_options_that_make_no_sense_are_refused_in_words(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        AssistantAgent().check(TaskRequest(kind="assistant", goal="Read", options=options))
    assert caught.value.hint
    assert "nothing was started" in caught.value.message


@pytest.mark.parametrize("goal", [" ", "x" * 4_001])
def test_a_goal_is_a_few_sentences(goal: str) -> None:
    with pytest.raises(InvalidRequest):
        AssistantAgent().check(TaskRequest(kind="assistant", goal=goal))


def test_a_server_that_is_not_there_is_refused_before_anything_is_started() -> None:
    agent = AssistantAgent(servers=lambda: ["time", "mail"])
    for named in ("time", ["mail", "time"], "", None):
        agent.check(TaskRequest(kind="assistant", goal="Do it", options={"servers": named}))
    with pytest.raises(InvalidRequest, match="“tide”") as refused:
        agent.check(TaskRequest(kind="assistant", goal="Do it", options={"servers": "time, tide"}))
    assert "There are: mail, time." in (refused.value.hint or "")
