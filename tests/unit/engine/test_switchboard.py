"""Questions from outside of any task share the model with the tasks."""

import asyncio
from collections.abc import Callable

import pytest

from desktop.engine import Activity, Answer, Message, Prompt, PromptRead, Result, Role, Run, Sign, UnknownModel
from tests.fakes.scripted_model import ScriptedModel
from tests.unit.engine.conftest import DONE, QUESTION, World
from tests.unit.engine.test_asking import Barrier, ask_once

ASIDE = Prompt(messages=(Message(role=Role.USER, content="And how deep is it?"),), max_tokens=50)


def deaf(_sign: Sign) -> None:
    pass


def asked(world: World, on_sign: Callable[[Sign], None] = deaf) -> asyncio.Task[Answer]:
    return asyncio.create_task(world.engine.ask(None, ASIDE, on_sign))


async def three_questions(run: Run) -> Result:
    async def work(_number: int) -> str:
        return (await run.ask(QUESTION)).text

    await run.map("work", [1, 2, 3], work)
    return DONE


async def test_a_question_goes_before_those_of_tasks_and_disturbs_none_under_way(world: World) -> None:
    world.model = ScriptedModel(slots=1)
    writing = world.model.pace = Barrier()
    await world.open(three_questions)
    await world.submit(priority=9)
    await world.settle()
    asking = asked(world)
    await world.settle()
    assert world.model.prompts == [QUESTION]  # it is being answered; two more of the task wait

    writing.let_pass(100)
    assert (await asking).text == "And how deep is it?"
    await world.settle()
    assert world.model.prompts == [QUESTION, ASIDE, QUESTION, QUESTION]
    assert world.model.cancelled == 0


async def test_its_signs_are_heard_as_they_come(world: World) -> None:
    await world.open(ask_once)
    signs: list[Sign] = []
    answer = await world.engine.ask(None, ASIDE, signs.append)

    assert isinstance(signs[0], PromptRead)
    assert "".join(sign for sign in signs if isinstance(sign, str)) == answer.text


async def test_a_task_is_seen_to_wait_while_the_model_reads_the_question(world: World) -> None:
    writing = world.model.pace = Barrier()
    await world.open(ask_once)
    task_id = await world.submit()
    await world.settle()
    writing.let_pass()
    await world.settle()
    world.model.reading_pace = Barrier()
    asking = asked(world)
    await world.clock.advance(0.25)
    assert (await world.engine.task(task_id)).progress.activity is Activity.WAITING
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await world.clock.advance(0.25)
    assert (await world.engine.task(task_id)).progress.activity is Activity.WRITING
    writing.let_pass(100)


async def test_a_question_that_is_given_up_frees_its_slot(world: World) -> None:
    world.model = ScriptedModel(slots=1)
    writing = world.model.pace = Barrier()
    await world.open(ask_once)
    asking = asked(world)
    await world.settle()
    await world.submit()
    await world.settle()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    writing.let_pass(100)
    await world.settle()

    assert world.model.prompts == [ASIDE, QUESTION]
    assert (world.model.cancelled, world.model.running) == (1, 0)


async def test_nobody_answers_for_a_model_that_is_not_there(world: World) -> None:
    await world.open(ask_once)
    with pytest.raises(UnknownModel):
        await world.engine.ask("nobody", ASIDE, deaf)
