"""A model for which memory ran out says so in the task's history, once for each time that it was loaded so."""

from dataclasses import replace

from desktop.engine import LoadedWithLess, Result, Run
from tests.unit.engine.conftest import DONE, QUESTION, World

LESS = ("2,048 tokens of context instead of 8,192", "2 instead of 4 answers at the same time")


async def test_what_was_given_up_is_recorded_once_until_it_changes(world: World) -> None:
    async def ask_under_changing_memory(run: Run) -> Result:
        for given_up in (LESS, LESS, (), LESS[:1]):
            world.model.loaded = replace(world.model.loaded, given_up=given_up)
            await run.ask(QUESTION)
        return DONE

    await world.open(ask_under_changing_memory)
    task_id = await world.submit()
    await world.settle()

    told = [e.event.given_up for e in await world.engine.events(task_id) if isinstance(e.event, LoadedWithLess)]
    assert told == [LESS, LESS[:1]]


async def test_a_model_that_fits_has_nothing_to_say(world: World) -> None:
    async def ask(run: Run) -> Result:
        await run.ask(QUESTION)
        return DONE

    await world.open(ask)
    task_id = await world.submit()
    await world.settle()

    assert "LoadedWithLess" not in await world.happened(task_id)
