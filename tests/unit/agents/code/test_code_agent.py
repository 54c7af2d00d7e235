"""Programs are tried out for real, in the sandbox of this machine; only the model's words are made up."""

import pytest

from desktop.agents import CodeAgent
from desktop.agents.code import person_tests, trying
from desktop.engine import CannotComplete, Check, InvalidRequest, Program, Sandbox, TaskRequest, Verdict
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import ScriptedModel
from tests.fakes.scripted_sandbox import ScriptedSandbox
from tests.unit.agents.code.scripts import GOAL, RIGHT, WRITTEN, WRONG, carry_out, script


async def test_what_several_tries_agree_on_is_verified_and_a_wrong_test_is_left_out(sandbox: Sandbox) -> None:
    result, run = await carry_out(script([WRONG, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]), sandbox)

    assert result.verification.verdict is Verdict.VERIFIED
    assert result.verification.note == "verified: 6 of 6 tests pass"
    assert Check(name="examples in your description", passed=1, total=1) in result.verification.checks
    assert "raise TypeError" in run.artifacts["solution.py"].decode()
    assert "201" not in run.artifacts["test_solution.py"].decode()
    assert "6 passed" in run.artifacts["run.log"].decode()
    assert "exit code 0" in run.artifacts["run.log"].decode()


async def test_a_program_that_fails_is_mended_with_the_real_error(sandbox: Sandbox) -> None:
    broken = "```python\ndef double(number):\n    return nubmer * 2\n```"
    result, run = await carry_out(script([broken]), sandbox)

    told = [prompt.messages[-1].content for prompt in run.prompts if "went wrong" in prompt.messages[-1].content]
    assert "NameError" in told[0]
    assert "raise TypeError" in run.artifacts["solution.py"].decode()
    assert result.verification.verdict in (Verdict.VERIFIED, Verdict.PARTLY)


async def test_what_fails_to_the_end_is_told_exactly(sandbox: Sandbox) -> None:
    result, run = await carry_out(script([WRONG], repaired=WRONG), sandbox, options={"tests": "assert double(1) == 2"})

    assert result.verification.verdict is Verdict.FAILED
    assert "assert double(1) == 2 fails (it gives 5)" in result.verification.note
    assert Check(name="tests that you gave", passed=0, total=1) in result.verification.checks
    assert "1 failed" in run.artifacts["run.log"].decode()


async def test_more_is_written_where_the_first_tries_do_not_agree(sandbox: Sandbox) -> None:
    others = [WRONG.replace("4", str(number)) for number in range(5, 10)]
    _, run = await carry_out(script([RIGHT, *others]), sandbox)
    assert "write more" in run.steps
    assert [step.name for step in run.plans[-1]][2:] == ["try", "write more", "try more", "prove"]

    _, run = await carry_out(script([RIGHT]), sandbox)
    assert "write more" not in run.steps


async def test_one_try_of_many_is_not_called_verified(sandbox: Sandbox) -> None:
    others = [WRONG.replace("4", str(number)) for number in range(5, 17)]
    result, _ = await carry_out(script([RIGHT, *others]), sandbox)

    assert result.verification.verdict is Verdict.PARTLY
    assert "behave differently" in result.verification.note


async def test_tests_that_the_tries_contradict_too_often_verify_nothing(sandbox: Sandbox) -> None:
    wrong = {f"double({number})": f"{number + 1}" for number in range(20, 25)}
    result, _ = await carry_out(script([RIGHT], WRITTEN | wrong), sandbox)

    assert result.verification.verdict is Verdict.PARTLY
    assert "contradict" in result.verification.note


async def test_programs_that_agree_on_the_tests_alone_verify_nothing(sandbox: Sandbox) -> None:
    """Beyond what the tests look at, the best of these does what none of the others does."""
    odd = RIGHT.replace("return number * 2", "return number * 2 if number in (4, 0, 7, -3, 1.5, 100) else 0")
    result, _ = await carry_out(script([odd, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]), sandbox)
    assert result.verification.verdict is Verdict.VERIFIED

    each_else = [odd.replace("else 0", f"else {number}") for number in range(3)]
    result, _ = await carry_out(script([*each_else, *each_else]), sandbox)
    assert result.verification.verdict is not Verdict.VERIFIED


async def test_a_program_that_ends_the_run_of_its_tests_has_passed_none(sandbox: Sandbox) -> None:
    leaving = WRONG.replace("    return number + 4", "    import os\n    os._exit(0)")
    result, _ = await carry_out(script([leaving], repaired=leaving), sandbox)

    assert result.verification.verdict is Verdict.FAILED


FORGING = """```python
import json, os, sys

def double(number):
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        order = frame.f_locals.get("order")
        if order and "report" in frame.f_locals:
            for index in range(len(order["scripts"])):
                said = {"index": index, "seen": [[0, "True"]], "raised": [], "error": ""}
                frame.f_locals["report"].write(order["mark"] + json.dumps(said) + "\\n")
            frame.f_locals["report"].flush()
            os._exit(0)
    return number + 4
```"""


async def test_a_program_that_answers_in_place_of_its_tests_does_not_know_what_to_say(sandbox: Sandbox) -> None:
    result, _ = await carry_out(script([FORGING], repaired=FORGING), sandbox)

    assert result.verification.verdict is Verdict.FAILED
    assert "it gives True" in result.verification.note


async def test_a_program_that_meddles_with_its_tests_is_never_called_verified(sandbox: Sandbox) -> None:
    meddling = RIGHT.replace("```python\n", "```python\nimport sys\nsys.settrace(None)\n")
    result, _ = await carry_out(script([meddling], repaired=meddling), sandbox)

    assert result.verification.verdict is Verdict.PARTLY
    assert "meddles" in result.verification.note


async def test_mended_programs_do_not_vouch_for_each_other(sandbox: Sandbox) -> None:
    different = [WRONG.replace("4", str(number)) for number in range(4, 16)]
    given = {"tests": "assert double(1) == 2"}
    result, _ = await carry_out(script(different), sandbox, options=given)

    assert result.verification.verdict is Verdict.PARTLY


async def test_a_shell_script_is_run_as_one(sandbox: Sandbox) -> None:
    program = '```sh\nwhile read -r line; do printf "%s\\n" "$line" "$line"; done\n```'
    tests = {f"run(stdin={text!r}).stdout": repr(text + text) for text in ("a\n", "b\n", "", "x y\n", "1\n")}
    result, run = await carry_out(
        script([program], tests), sandbox, goal="Write a shell script that prints each line of its input twice."
    )

    assert result.verification.verdict is Verdict.VERIFIED
    assert run.media_types["solution.sh"] == "application/x-sh"
    assert '["sh", "solution.sh"' in run.artifacts["test_solution.py"].decode()


async def test_a_package_has_its_files(sandbox: Sandbox) -> None:
    program = (
        "```python\n# file: solution/__init__.py\nfrom solution.twice import double\n```\n"
        "```python\n# file: solution/twice.py\nfrom .errors import check\n\n\ndef double(number):\n"
        "    check(number)\n    return number + number\n```\n"
        "```python\n# file: solution/errors.py\ndef check(number):\n    if isinstance(number, str):\n"
        "        raise TypeError\n```\n"
        "```python\n# file: ../outside.py\nx = 1\n```"
    )
    result, run = await carry_out(script([program]), sandbox, options={"language": "package"})

    assert result.verification.verdict is Verdict.VERIFIED
    assert {"solution/__init__.py", "solution/twice.py", "solution/errors.py"} <= set(run.artifacts)
    assert not any("outside" in name for name in run.artifacts)


async def test_an_endless_program_ends_and_loses(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "CASE_SECONDS", 0.2)
    monkeypatch.setattr(person_tests, "SECONDS", 2.0)
    endless = "```python\ndef double(number):\n    while True: pass\n```"
    result, _ = await carry_out(script([endless], {"double(1)": "2"}, endless), sandbox)

    assert result.verification.verdict is Verdict.FAILED
    assert "took longer than 0.2 seconds" in result.verification.note


async def test_without_a_sandbox_nothing_runs_and_that_is_said() -> None:
    sandbox = ScriptedSandbox(available=False)
    result, run = await carry_out(script([RIGHT]), sandbox)

    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert "never run" in result.verification.note
    assert "**Not verified: the program was never run." in result.summary
    assert not sandbox.executions
    assert {"solution.py", "test_solution.py"} == set(run.artifacts)


@pytest.mark.parametrize(("missing", "goal"), [(Program.SHELL, "Write a shell script."), (Program.PYTEST, GOAL)])
async def test_what_the_sandbox_can_not_run_is_not_run(missing: Program, goal: str) -> None:
    sandbox = ScriptedSandbox(programs=frozenset(Program) - {missing})
    result, _ = await carry_out(script([RIGHT]), sandbox, goal=goal)

    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert f"has no {missing}" in result.verification.note


async def test_a_run_goes_on_where_it_was(sandbox: Sandbox) -> None:
    _, first = await carry_out(script([RIGHT]), sandbox)
    again = MemoryRun(
        first.request,
        ScriptedModel(script([])),
        MemoryReader(),
        sandbox=sandbox,
        journal=first.journal,
        files=first.files,
    )
    result = await CodeAgent().carry_out(again)

    assert result.verification.verdict is Verdict.VERIFIED
    assert not again.done
    assert not again.prompts


async def test_words_without_a_program_fail_in_words(sandbox: Sandbox) -> None:
    with pytest.raises(CannotComplete, match="wrote no program"):
        await carry_out(script([" "]), sandbox)


async def test_the_model_says_what_is_to_be_defined_where_the_description_does_not(sandbox: Sandbox) -> None:
    goal = "Write a function that doubles a number, or raises TypeError for a text."
    result, run = await carry_out(script([RIGHT]), sandbox, goal=goal)

    assert result.verification.verdict is Verdict.VERIFIED
    assert run.steps[:2] == ["name", "tests"]
    assert "It defines double." in run.prompts[-1].messages[-1].content


async def test_a_description_that_leaves_no_room_is_refused_in_words(sandbox: Sandbox) -> None:
    with pytest.raises(CannotComplete, match="too long for scripted") as caught:
        await carry_out(script([RIGHT]), sandbox, goal=f"{GOAL} " + "Mind this. " * 1200)
    assert caught.value.hint


@pytest.mark.parametrize(
    "options", [{"language": "cobol"}, {"entry_point": "no name"}, {"colour": "red"}, {"tests": 3}]
)
def test_options_that_make_no_sense_are_refused_in_words(options: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        CodeAgent().check(TaskRequest(kind="code", goal=GOAL, options=options))
    assert caught.value.hint


def test_a_description_of_many_pages_is_refused_at_once() -> None:
    with pytest.raises(InvalidRequest, match="more than the 20,000"):
        CodeAgent().check(TaskRequest(kind="code", goal="x" * 20_001))
