"""A run has code executed in the sandbox and pages fetched, and is not called stalled while it waits for that."""

import asyncio

import pytest

from desktop.engine import Execution, Hit, Outcome, Program, Result, Run, TaskStatus, WebPage
from desktop.engine.stall_watch import STALLED_SECONDS
from tests.fakes.memory_passages import MemoryPassages
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.scripted_sandbox import ScriptedSandbox
from tests.unit.engine.conftest import DONE, World

CODE = Execution(program=Program.PYTHON, arguments=("a.py",), files={"a.py": b"print(1)"})


class SlowSandbox(ScriptedSandbox):
    """Waits before it runs anything."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def run(self, execution: Execution) -> Outcome:
        await self.go_on.wait()
        return await super().run(execution)


async def executes(run: Run) -> Result:
    assert (await run.sandbox_standing()).available

    async def work() -> bool:
        return (await run.execute(CODE)).succeeded

    assert await run.step("work", work)
    return DONE


async def test_code_is_executed_and_its_time_is_no_silence(world: World) -> None:
    world.sandbox = sandbox = SlowSandbox()
    await world.open(executes)
    task_id = await world.submit()
    await world.settle()
    await world.clock.run_for(3 * STALLED_SECONDS)
    waiting = await world.engine.task(task_id)
    sandbox.go_on.set()
    await world.settle()

    assert waiting.status is TaskStatus.RUNNING
    assert waiting.progress.stalled_seconds == 0
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert sandbox.executions == [CODE]


class SlowWeb(MemoryWeb):
    """Waits before it fetches or searches anything."""

    def __init__(self) -> None:
        super().__init__({"https://example.com/": "A page."}, hits=())
        self.go_on = asyncio.Event()

    async def fetch(self, url: str) -> WebPage:
        await self.go_on.wait()
        return await super().fetch(url)

    async def search(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        await self.go_on.wait()
        return await super().search(query, limit)


@pytest.mark.parametrize("what", ["fetch", "search"])
async def test_the_time_of_a_page_is_no_silence_either(world: World, what: str) -> None:
    world.web = web = SlowWeb()

    async def script(run: Run) -> Result:
        await getattr(run.web, what)("https://example.com/")
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    await world.clock.run_for(3 * STALLED_SECONDS)
    waiting = await world.engine.task(task_id)
    web.go_on.set()
    await world.settle()

    assert waiting.status is TaskStatus.RUNNING
    assert waiting.progress.stalled_seconds == 0
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert web.fetched + web.searched == ["https://example.com/"]


@pytest.mark.expected_log("failed unexpectedly")
async def test_where_nobody_keeps_an_index_an_agent_that_wants_one_fails(world: World) -> None:
    class Nobody(MemoryPassages):
        find = None  # type: ignore[assignment]

    world.passages = Nobody(world.reader)

    async def script(run: Run) -> Result:
        await run.passages.find("word", ())
        return DONE

    await world.open(script)
    task_id = await world.submit()
    await world.settle()
    assert await world.status(task_id) is TaskStatus.FAILED
