"""The plan holds: each step of it comes, and no other one."""

import pytest

from desktop.agents import CodeAgent
from desktop.engine import Input, Sandbox, TaskRequest
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_sandbox import ScriptedSandbox
from tests.unit.agents.code.scripts import RIGHT, carry_out, script

NAMELESS = "Write a function that doubles a number."
WANTING = "```python\nimport yaml\n\n\ndef double(number):\n    return number * 2\n```"
QUESTION = "Every try at the program imports yaml, which the sandbox does not have. Go on how?"


def assert_it_holds(run: MemoryRun) -> None:
    assert [step.name for step in run.plans[-1]] == run.steps


async def test_the_name_is_planned_where_nobody_says_it() -> None:
    _, run = await carry_out(script([RIGHT]), ScriptedSandbox(available=False), goal=NAMELESS)

    assert "name" in run.steps
    assert_it_holds(run)
    outline = CodeAgent().outline(TaskRequest(kind="code", goal=NAMELESS), ())
    assert [step.name for step in outline] == ["name", "tests", "write", "try", "prove"]


async def test_nothing_is_planned_that_needs_a_sandbox_where_there_is_none() -> None:
    _, run = await carry_out(script([RIGHT]), ScriptedSandbox(available=False))

    assert run.steps == ["tests", "write"]
    assert_it_holds(run)


async def test_files_that_are_not_found_are_not_waited_for() -> None:
    gone = (Input(path="/gone.csv"),)
    _, run = await carry_out(script([RIGHT]), ScriptedSandbox(available=False), inputs=gone)

    assert_it_holds(run)


@pytest.mark.parametrize("answer", ["Write it without", "Go on with it, not verified"])
async def test_a_decision_changes_the_plan(sandbox: Sandbox, answer: str) -> None:
    _, run = await carry_out(
        lambda prompt: script([RIGHT if "Do not import" in prompt.messages[-1].content else WANTING])(prompt),
        sandbox,
        person={QUESTION: answer},
    )

    assert ("write again" in run.steps) is (answer == "Write it without")
    assert_it_holds(run)
