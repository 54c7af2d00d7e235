"""What a run has spent is the same for the whole of it and for its parts, and adds up over its sittings."""

from desktop.engine import Result, Run, Spent, TaskRequest
from tests.fakes.scripted_model import prompt_tokens
from tests.unit.engine.conftest import DONE, QUESTION, World

COST = prompt_tokens(QUESTION) + 5  # with the tokens of the echo
SECONDS = 7.0


async def test_seconds_of_steps_and_tokens_of_questions_count_in_parts_too(world: World) -> None:
    told: list[Spent] = []

    async def work() -> str:
        await world.clock.sleep(SECONDS)
        return "done"

    async def ask() -> str:
        return (await run_of[0].ask(QUESTION)).text

    run_of: list[Run] = []

    async def carry_out(run: Run) -> Result:
        part = run.part("part", "A part", TaskRequest(kind="errand", goal="A part"))
        run_of[:] = [part]
        told.append(run.spent)
        await run.step("work", work)
        await part.step("ask", ask)
        told.append(run.spent)
        assert part.spent == run.spent
        return DONE

    await world.open(carry_out)
    await world.submit()
    await world.settle()
    await world.clock.run_for(SECONDS)
    await world.settle()

    assert told == [Spent(), Spent(seconds=SECONDS, tokens=COST)]
