"""The assistant works turn by turn, and tells what it really reached."""

import json

import pytest

from desktop.agents import AssistantAgent, CodeAgent, DocumentsAgent
from desktop.engine import CannotComplete, Check, Effect, Result, Run, Verdict, Verification
from tests.unit.agents.assistant.scene import (
    FINISH,
    Desk,
    Script,
    a_run,
    a_tool,
    carry_out,
    choices,
    transcript,
)

FILES = {"notes.txt": "The tower is 117 metres high.\n", "other.txt": "Nothing.\n"}
READ = ("read_file", {"path": "notes.txt"})
WRITE = ("write_file", {"path": "result.txt", "content": "117 metres\n"})


async def test_what_was_written_and_is_there_is_verified() -> None:
    desk = Desk(FILES)
    run = a_run(desk, Script([READ, WRITE, FINISH], answer="The tower is 117 metres high; result.txt says so."))
    result = await carry_out(run)

    assert desk.files["result.txt"] == "117 metres\n"
    assert result.verification.verdict is Verdict.VERIFIED
    assert Check(name="written files are there", passed=1, total=1) in result.verification.checks
    assert Check(name="files that the goal names", passed=1, total=1) in result.verification.checks
    assert Check(name="figures with evidence", passed=1, total=1) in result.verification.checks
    assert result.summary == "The tower is 117 metres high; result.txt says so."
    assert run.artifacts["files/result.txt"] == b"117 metres\n"
    assert run.artifacts["answer.md"].decode() == result.summary


async def test_the_transcript_has_every_turn_with_its_cost() -> None:
    run = a_run(Desk(FILES), Script([READ, WRITE, FINISH], thought="I read the notes."))
    await carry_out(run)
    told = transcript(run)

    assert [turn["call"]["tool"] for turn in told["turns"]] == ["list_files", "read_file", "write_file", "finish"]
    assert told["turns"][1]["thought"] == "I read the notes."
    assert told["turns"][1]["output"] == FILES["notes.txt"]
    assert all(turn["tokens"] > 0 and turn["thinking_seconds"] > 0 for turn in told["turns"][1:])
    assert told["plans"] == [{"from_turn": 2, "steps": ["Look", "Do it"]}]
    assert told["spent"]["tokens"] > 0


async def test_prompts_of_turns_begin_alike_so_that_only_what_is_new_is_read() -> None:
    run = a_run(Desk(FILES), Script([READ, WRITE, FINISH]))
    await carry_out(run)

    first, second, third = choices(run)[:3]
    assert second.messages[: len(first.messages) - 1] == first.messages[:-1]
    assert third.messages[: len(second.messages) - 1] == second.messages[:-1]


async def test_a_goal_with_a_file_that_nobody_touched_is_not_reached_yet() -> None:
    desk = Desk(FILES)
    run = a_run(desk, Script([READ, FINISH, WRITE, FINISH]))
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.VERIFIED
    assert desk.files["result.txt"]
    assert "result.txt, and no action has read or written it" in transcript(run)["turns"][2]["output"]


async def test_what_a_second_look_misses_is_told_after_it_was_told_twice() -> None:
    look = {"missing": "The unit is missing.", "reached": False}
    run = a_run(Desk(FILES), Script([READ, WRITE, FINISH], looks=[look]))
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.PARTLY
    assert "The unit is missing." in result.verification.note
    assert result.summary.startswith("**Unverified.**")
    assert [turn["call"]["tool"] for turn in transcript(run)["turns"]].count("finish") == 3


async def test_a_figure_that_nothing_gave_is_not_believed() -> None:
    run = a_run(Desk(FILES), Script([READ, WRITE, FINISH], answer="It is 4711 metres high."))
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.PARTLY
    assert "4711" in result.verification.note


async def test_a_file_that_is_not_there_any_more_is_missed() -> None:
    desk = Desk(FILES)
    tool, _ = desk.tools["write_file"]
    desk.add(tool, lambda _arguments: "Wrote it.")  # and did not
    result = await carry_out(a_run(desk, Script([WRITE, FINISH])))

    assert result.verification.verdict is Verdict.PARTLY
    assert "result.txt is not there as it was written" in result.verification.note


async def test_an_answer_without_any_action_is_out_of_the_models_head() -> None:
    result = await carry_out(a_run(Desk(FILES), Script([FINISH]), "What is the capital of France?"))

    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert "out of its head" in result.verification.note


async def test_without_any_tool_nothing_is_begun() -> None:
    desk = Desk({})
    desk.tools.clear()
    with pytest.raises(CannotComplete, match="no tool"):
        await carry_out(a_run(desk, Script([FINISH])))


async def test_only_the_tools_of_the_task_are_offered() -> None:
    run = a_run(Desk(FILES), Script([FINISH]), "What is in notes.txt?", tools="read_file")
    await carry_out(run)

    assert choices(run)[0].schema["properties"]["action"]["enum"] == ["read_file", "finish"]  # type: ignore[index]


async def test_of_many_tools_those_that_fit_the_goal_are_offered_and_the_others_named() -> None:
    desk = Desk(FILES)
    for number in range(40):
        about = "Tells the weather of a town." if number == 33 else "Turns a wheel."
        desk.add(a_tool(f"big.tool_{number}", Effect.UNKNOWN, server="big", about=about), lambda _: "ok")
    run = a_run(desk, Script([FINISH]), "How is the weather in the town?")
    await carry_out(run)

    offered = choices(run)[0].schema["properties"]["action"]["enum"]  # type: ignore[index]
    assert {"big.tool_33", "read_file"} <= set(offered)
    assert len(offered) < 20
    assert len(transcript(run)["tools_left_out"]) > 20


async def test_the_plan_grows_with_the_turns() -> None:
    run = a_run(Desk(FILES), Script([READ, WRITE, FINISH], thought="I read."))
    outline = AssistantAgent().outline(run.request, ())
    await carry_out(run)

    assert [step.title for step in outline] == [
        "Plan",
        "Turn 1",
        "Further turns, as many as it takes",
        "Check the answer",
    ]
    last = run.plans[-1]
    names = [step.name for step in last]
    assert names[:6] == ["begin", "plan", "turn 2", "call 2", "turn 3", "call 3"]
    assert last[2].title == "Turn 2: I read."
    assert last[3].within == "turn 2"
    assert last[3].title == "read_file(path=notes.txt)"
    assert {name for name in run.steps if not name.startswith(("spent", "look"))} <= {
        step.name for plan in run.plans for step in plan
    }


async def test_a_part_is_handed_to_the_agent_for_it() -> None:
    class Reader(DocumentsAgent):
        async def carry_out(self, run: Run) -> Result:
            raise CannotComplete("There is nothing to read.")

    run = a_run(Desk(FILES), Script([("ask_documents", {"goal": "How high?"}), READ, WRITE, FINISH]))
    result = await carry_out(run, AssistantAgent((Reader(),)))

    assert run.parts["part 2"].request.goal == "How high?"
    assert run.parts["part 2"].request.inputs == run.request.inputs
    assert transcript(run)["turns"][1]["output"] == "There is nothing to read."
    assert result.verification.verdict is Verdict.VERIFIED


async def test_answers_that_are_no_json_cost_a_turn_and_no_more() -> None:
    script = Script([READ, WRITE, FINISH])
    desk = Desk(FILES)
    run = a_run(desk, script)
    ask = run.ask
    cut = iter([True, False])

    async def asked(prompt: object) -> object:
        answer = await ask(prompt)  # type: ignore[arg-type]
        is_arguments = prompt.schema and "path" in prompt.schema["properties"]  # type: ignore[attr-defined]
        if is_arguments and next(cut, False):
            return type(answer)(**{name: getattr(answer, name) for name in answer.__slots__} | {"text": '{"path": "no'})
        return answer

    run.ask = asked  # type: ignore[method-assign, assignment]
    result = await carry_out(run)

    assert "cut off" in transcript(run)["turns"][1]["output"]
    assert result.verification.verdict is Verdict.PARTLY
    assert json.loads(run.artifacts["transcript.json"])["turns"][1]["failed"]


async def test_little_is_read_before_the_model_is_asked_and_counts_as_evidence() -> None:
    run = a_run(Desk(FILES, much=False), Script([FINISH], answer="It is 117 metres high."), "How high is the tower?")
    result = await carry_out(run)
    told = transcript(run)["turns"]

    assert [(turn["by"], turn["call"]["tool"]) for turn in told] == [
        ("legwork", "list_files"),
        ("legwork", "read_file"),
        ("legwork", "read_file"),
        ("model", "finish"),
    ]
    assert "list_files" not in choices(run)[0].schema["properties"]["action"]["enum"]  # type: ignore[index]
    assert result.verification.verdict is Verdict.VERIFIED


async def test_what_is_in_a_given_folder_is_listed_too() -> None:
    desk = Desk({"desk/a.txt": "12 apples"})
    tool, _ = desk.tools["list_files"]
    desk.add(tool, lambda given: "desk/a.txt · 9 bytes · 2026-01-01" if given.get("path") == "desk" else "desk/")
    run = a_run(desk, Script([FINISH], answer="12"), "How many apples?")
    await carry_out(run)

    assert [call.arguments for call in run.tools.calls] == [{}, {"path": "desk"}, {"path": "desk/a.txt"}]


async def test_a_folder_that_nobody_has_looked_into_can_be_listed() -> None:
    desk = Desk({"a.txt": "x"})
    tool, _ = desk.tools["list_files"]
    desk.add(tool, lambda _: "other/\na.txt · 1 bytes · 2026-01-01")
    run = a_run(desk, Script([FINISH]), "What is there?")
    await carry_out(run)

    assert [call.tool for call in run.tools.calls] == ["list_files"]
    assert "list_files" in choices(run)[0].schema["properties"]["action"]["enum"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("goal", "offered"),
    [
        ("Write a Python function that doubles a number", {"write_program"}),
        ("Read https://example.org and say what it is about", {"fetch_page"}),
        ("Add the numbers up", set()),
    ],
)
async def test_what_the_goal_has_no_use_for_is_not_offered(goal: str, offered: set[str]) -> None:
    desk = Desk({"a.txt": "1 2 3"}, much=False)
    desk.add(a_tool("fetch_page", Effect.SENDS, url=True), lambda _: "A page.")
    run = a_run(desk, Script([FINISH]), goal)
    await carry_out(run, AssistantAgent((DocumentsAgent(), CodeAgent())))

    names = set(choices(run)[0].schema["properties"]["action"]["enum"])  # type: ignore[index]
    assert names & {"write_program", "fetch_page", "ask_documents"} == offered


async def test_what_only_the_model_looked_at_is_not_called_verified() -> None:
    run = a_run(Desk(FILES, much=False), Script([FINISH], answer="A tower."), "What are the notes about?")
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.PARTLY
    assert "Only the model itself" in result.verification.note


async def test_what_a_part_left_behind_belongs_to_the_result() -> None:
    class Reader(DocumentsAgent):
        async def carry_out(self, run: Run) -> Result:
            report = await run.write_artifact("report.md", "text/markdown", b"It is 117 metres high.")
            verification = Verification(verdict=Verdict.VERIFIED, note="All quotations were found.")
            return Result(summary="It is 117 metres high.", verification=verification, artifacts=(report,))

    script = Script([("ask_documents", {"goal": "How high?"}), FINISH], answer="It is 117 metres high.")
    run = a_run(Desk(FILES), script, "How high is the tower?")
    result = await carry_out(run, AssistantAgent((Reader(),)))

    assert "117 metres high.\n\nIt was checked. All quotations were found." in transcript(run)["turns"][1]["output"]
    assert run.artifacts["part 2/report.md"] == b"It is 117 metres high."
    assert "part 2/report.md" in [artifact.name for artifact in result.artifacts]
    assert result.verification.verdict is Verdict.VERIFIED


async def test_a_figure_that_the_model_made_up_is_no_evidence_for_itself() -> None:
    write = ("write_file", {"path": "total.txt", "content": "Total: 4,711"})
    run = a_run(Desk({"sales.txt": "47110 and 24711"}), Script([write, *[FINISH] * 9], answer="The total is 4,711."))
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.PARTLY
    found = {check.name: (check.passed, check.total) for check in result.verification.checks}
    assert found["figures with evidence"] == (0, 1)


async def test_words_without_a_figure_or_a_file_are_not_verified_by_reading_alone() -> None:
    run = a_run(Desk(FILES), Script([READ, FINISH], answer="The moon is made of cheese."), "What do the notes say?")
    assert (await carry_out(run)).verification.verdict is Verdict.PARTLY
