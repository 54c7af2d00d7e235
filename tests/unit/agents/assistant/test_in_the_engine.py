"""The assistant in a whole engine: behind the policy, through the person's answers, with parts, and after restarts."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from desktop.agents import AssistantAgent, ChatAgent
from desktop.engine import (
    TERMINAL,
    PlannedStep,
    Result,
    Run,
    Source,
    TaskId,
    TaskRequest,
    TaskStatus,
    Verdict,
    Verification,
    Work,
)
from tests.unit.agents.assistant.scene import FINISH, Act, Desk, Script
from tests.unit.engine.conftest import World

READ: Act = ("read_file", {"path": "notes.txt"})
WRITE: Act = ("write_file", {"path": "result.txt", "content": "117\n"})
GOAL = "Write result.txt"


class Counting(ChatAgent):
    """Does a part of two steps; stands in for the reader of documents."""

    kind = "documents"
    title = "Documents"

    def check(self, request: TaskRequest) -> None:
        """Takes everything."""

    def outline(self, request: TaskRequest, _sources: Sequence[Source]) -> Any:
        return ()

    async def carry_out(self, run: Run) -> Result:
        await run.plan([PlannedStep(name=name, title=name, work=Work(seconds=1)) for name in ("one", "two")])
        for name in ("one", "two"):
            await run.step(name, _done)
        await run.write_artifact("report.md", "text/markdown", b"It is 117 metres high.")
        return Result(summary="It is 117 metres high.", verification=Verification(verdict=Verdict.VERIFIED))


async def _done() -> str:
    return "done"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.engine.stop()


async def begun(world: World, acts: Sequence[Act], desk: Desk) -> Any:
    world.model.script = Script(acts, answer="It is 117 metres high.")
    world.toolbox.there = [tool for tool, _ in desk.tools.values()]
    world.toolbox.doing = {name: doing for name, (_, doing) in desk.tools.items()}
    await world.open(AssistantAgent((Counting(),)).carry_out)
    task_id = await world.submit(GOAL)
    await ended_or_asks(world, task_id)
    return task_id


async def ended_or_asks(world: World, task_id: TaskId) -> None:
    for _ in range(100):
        await world.settle()
        if await world.status(task_id) in (*TERMINAL, TaskStatus.WAITING):
            return
    raise AssertionError("the task goes on for ever")


async def test_what_would_be_written_is_asked_and_the_answer_goes_on_after_a_restart(world: World) -> None:
    desk = Desk({"notes.txt": "117 metres"})
    task_id = await begun(world, [READ, WRITE, FINISH], desk)

    assert await world.status(task_id) is TaskStatus.WAITING
    question = (await world.engine.task(task_id)).question
    assert question is not None
    assert "117" in question.details
    assert "result.txt" not in desk.files
    asked = len(world.model.prompts)
    await world.engine.stop()
    await world.open(AssistantAgent((Counting(),)).carry_out)
    await world.engine.answer(task_id, question.choices[0])
    await ended_or_asks(world, task_id)

    task = await world.engine.task(task_id)
    assert task.status is TaskStatus.COMPLETED
    assert desk.files["result.txt"] == "117\n"
    assert [call.tool for call in world.toolbox.calls] == ["list_files", "read_file", "write_file", "read_file"]
    assert len(world.model.prompts) == asked + 3  # the action, the answer, the second look


async def test_a_refusal_is_told_to_the_model_and_nothing_is_written(world: World) -> None:
    desk = Desk({"notes.txt": "117 metres"})
    task_id = await begun(world, [READ, WRITE, FINISH], desk)
    await world.engine.answer(task_id, "No")
    await ended_or_asks(world, task_id)

    task = await world.engine.task(task_id)
    assert "result.txt" not in desk.files
    assert task.status is TaskStatus.COMPLETED
    assert task.result is not None
    assert task.result.verification.verdict is not Verdict.VERIFIED


async def test_a_part_is_shown_below_the_turn_that_handed_it_over(world: World) -> None:
    desk = Desk({"notes.txt": "117 metres"})
    task_id = await begun(world, [("ask_documents", {"goal": "How high?"}), WRITE, FINISH], desk)

    steps = {step.name: step for step in (await world.engine.task(task_id)).progress.steps}
    assert steps["part 2"].within == "turn 2"
    assert steps["part 2/one"].within == "part 2"
    assert steps["part 2"].title == "ask_documents(goal=How high?)"
