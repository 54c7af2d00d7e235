"""An agent's tools: a call is made once for each key, and what goes wrong is in its output; the double's too."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from desktop.engine import Effect, Result, Run, Tool, ToolCall, ToolOutput, Tools
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.fakes.memory_tools import MemoryTools
from tests.unit.engine.conftest import DONE, World

READ = Tool(
    name="read_file",
    description="Reads a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
    effect=Effect.READS,
)
Play = Callable[[Callable[[Tools], Awaitable[None]]], Awaitable[None]]
"""Does something with the tools, twice: as an agent that begins anew finds them."""


def read(arguments: Mapping[str, Any]) -> str:
    CALLS.append(str(arguments["path"]))
    if arguments["path"] == "none":
        raise ValueError("There is no such file.")
    return f"text of {arguments['path']}"


CALLS: list[str] = []


@asynccontextmanager
async def in_the_engine() -> AsyncIterator[Play]:
    world = World()
    world.toolbox = MemoryToolbox([READ], {"read_file": read})

    async def play(act: Callable[[Tools], Awaitable[None]]) -> None:
        async def script(run: Run) -> Result:
            await act(run.tools)
            await act(run.tools)
            return DONE

        await world.open(script)
        task_id = await world.submit()
        await world.settle()
        assert (await world.engine.task(task_id)).result == DONE

    yield play
    await world.engine.stop()


@asynccontextmanager
async def double() -> AsyncIterator[Play]:
    tools = MemoryTools({"read_file": (READ, read)})

    async def play(act: Callable[[Tools], Awaitable[None]]) -> None:
        await act(tools)
        await act(tools)

    yield play


@pytest.fixture(params=[in_the_engine, double])
async def play(request: pytest.FixtureRequest) -> AsyncIterator[Play]:
    CALLS.clear()
    async with request.param() as made:
        yield made


def call(path: str, name: str = "read_file") -> ToolCall:
    return ToolCall(tool=name, arguments={"path": path})


async def test_the_tools_are_offered_as_they_are(play: Play) -> None:
    offered: list[tuple[Tool, ...]] = []

    async def act(tools: Tools) -> None:
        offered.append(await tools.offered())
        assert await tools.troubles() == ()

    await play(act)
    assert offered == [(READ,), (READ,)]


async def test_a_call_is_made_once_for_each_key(play: Play) -> None:
    outputs: list[ToolOutput] = []

    async def act(tools: Tools) -> None:
        outputs.extend([await tools.use("turn 1", call("a")), await tools.use("turn 2", call("a"))])

    await play(act)
    assert outputs == [ToolOutput(text="text of a")] * 4
    assert CALLS == ["a", "a"]


async def test_what_goes_wrong_is_in_the_output_and_remembered_too(play: Play) -> None:
    outputs: list[ToolOutput] = []

    async def act(tools: Tools) -> None:
        outputs.append(await tools.use("turn 1", call("none")))
        outputs.append(await tools.use("turn 2", call("a", "unheard_of")))

    await play(act)
    assert all(output.failed and output.text for output in outputs)
    assert CALLS == ["none"]


async def test_another_call_by_the_same_key_is_another_call(play: Play) -> None:
    outputs: list[ToolOutput] = []

    async def act(tools: Tools) -> None:
        outputs.append(await tools.use("turn 1", call(f"part {len(outputs)}")))

    await play(act)
    assert [output.text for output in outputs] == ["text of part 0", "text of part 1"]
