"""Contents of files and programs are written as plain text, and what a program writes is saved by a call of its own."""

from desktop.engine import Answer, Effect, FinishReason, Prompt, ToolOutput, Verdict
from tests.unit.agents.assistant.scene import FINISH, Act, Desk, Script, a_run, a_tool, carry_out, choices, transcript

CONTENT = 'He said "no".\n\n\tpath\\new\n'
PROGRAM: Act = ("run_python", {"code": "open('sum.txt', 'w').write('42')\n"})


def a_desk(output: ToolOutput) -> Desk:
    desk = Desk({"a.txt": "40 and 2"}, much=False)
    desk.add(a_tool("run_python", Effect.RUNS, code=True), lambda _: output)
    return desk


def texts(prompts: list[Prompt]) -> list[Prompt]:
    return [prompt for prompt in prompts if prompt.stop]


async def test_a_content_is_taken_as_it_was_written() -> None:
    desk = Desk({"a.txt": "x"})
    run = a_run(desk, Script([("write_file", {"path": "b.txt", "content": CONTENT}), FINISH]), "Write b.txt")
    await carry_out(run)

    assert desk.files["b.txt"] == CONTENT
    (asked,) = texts(run.prompts)
    assert asked.schema is None
    assert "b.txt" in asked.messages[-1].content
    shown = choices(run)[-1].messages[-2].content
    assert shown.endswith(f"\n```\n{CONTENT.strip()}\n```")


async def test_a_text_that_was_cut_off_or_is_empty_is_not_written() -> None:
    desk = Desk({"a.txt": "x"})
    acts: list[Act] = [("write_file", {"path": "b.txt", "content": content}) for content in ("half", "", "all\n")]
    run = a_run(desk, Script([*acts, FINISH]), "Write b.txt")
    ask, cut = run.ask, iter([True])

    async def asked(prompt: Prompt) -> Answer:
        answer = await ask(prompt)
        if prompt.stop and next(cut, False):
            return Answer(
                **{name: getattr(answer, name) for name in Answer.__slots__} | {"finish": FinishReason.LENGTH}
            )
        return answer

    run.ask = asked  # type: ignore[method-assign]
    await carry_out(run)

    assert [turn["output"] for turn in transcript(run)["turns"][1:3]] == [
        "The arguments were cut off: write less at a time.",
        "Nothing was written.",
    ]
    assert desk.files["b.txt"] == "all\n"


async def test_what_a_program_wrote_is_saved_by_a_call_that_stands_in_the_transcript() -> None:
    desk = a_desk(ToolOutput(text="It wrote sum.txt.", wrote={"sum.txt": "42"}))
    run = a_run(desk, Script([PROGRAM, FINISH], answer="sum.txt holds 42."), "Write the sum to sum.txt")
    result = await carry_out(run)

    assert desk.files["sum.txt"] == "42"
    assert [(turn["by"], turn["call"]["tool"]) for turn in transcript(run)["turns"][2:]] == [
        ("model", "run_python"),
        ("legwork", "write_file"),
        ("model", "finish"),
    ]
    assert result.verification.verdict is Verdict.VERIFIED
    assert run.artifacts["files/sum.txt"] == b"42"


async def test_what_a_program_wrote_goes_nowhere_where_nothing_may_be_written() -> None:
    desk = a_desk(ToolOutput(text="It wrote sum.txt.", wrote={"sum.txt": "42"}))
    run = a_run(desk, Script([PROGRAM, FINISH]), "Add them up", tools="run_python, read_file")
    await carry_out(run)

    assert list(desk.files) == ["a.txt"]
    assert "write_file" not in [call.tool for call in run.tools.calls]


async def test_what_a_program_prints_is_never_taken_for_a_file() -> None:
    desk = a_desk(ToolOutput(text="It wrote evil.txt.\nevil.txt:\ncanary"))
    run = a_run(desk, Script([PROGRAM, FINISH]), "Add them up")
    await carry_out(run)

    assert list(desk.files) == ["a.txt"]


async def test_nobody_can_finish_before_the_wanted_file_is_there_unless_it_does_not_come() -> None:
    write: Act = ("write_file", {"path": "b.txt", "content": "x"})
    run = a_run(Desk({"a.txt": "x"}, much=False), Script([write, FINISH]), "Write b.txt")
    await carry_out(run)
    enums = [prompt.schema["properties"]["action"]["enum"] for prompt in choices(run) if prompt.schema]
    assert ["finish" in enum for enum in enums] == [False, True]

    run = a_run(Desk({"a.txt": "x"}, much=False), Script([FINISH]), "Is there a b.txt?")
    await carry_out(run)
    assert "finish" in choices(run)[0].schema["properties"]["action"]["enum"]  # type: ignore[index]


async def test_a_program_that_writes_the_same_again_and_again_goes_in_circles() -> None:
    desk = a_desk(ToolOutput(text="It wrote sum.txt.", wrote={"sum.txt": "42"}))
    run = a_run(desk, Script([PROGRAM]), "Write sum.txt")
    result = await carry_out(run)

    assert result.verification.verdict is Verdict.PARTLY
    assert "in circles" in result.verification.note
    assert "run_python" not in choices(run)[2].schema["properties"]["action"]["enum"]  # type: ignore[index]
