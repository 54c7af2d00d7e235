"""A run has code executed in the sandbox, and is not called stalled while it waits for that."""

import asyncio

from desktop.engine import Execution, Outcome, Program, Result, Run, TaskStatus
from desktop.engine.stall_watch import STALLED_SECONDS
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
