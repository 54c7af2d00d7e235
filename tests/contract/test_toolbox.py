"""A toolbox shows and carries out calls, and never raises for what a model can mend; its double does as well."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import Effect, Input, LegworkError, TaskRequest, Tool, Toolbox, ToolCall
from desktop.tools import GivenFolders, JoinedToolbox, OwnToolbox
from desktop.tools.servers import OpenServers, ServerChoice
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.scripted_sandbox import ScriptedSandbox
from tests.unit.tools.readers import NearReader
from tests.unit.tools.servers.conftest import FAKES, values_of

FORM: Mapping[str, Any] = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


def own(folder: Path) -> Toolbox:
    (folder / "notes").mkdir()
    (folder / "notes" / "a.txt").write_text("High water at six.")
    reader = NearReader()
    return OwnToolbox(
        TaskRequest(kind="assistant", goal="Do it.", inputs=(Input(path=str(folder / "notes")),)),
        open_folders=lambda folders: GivenFolders(folders, reader=reader, private=folder / "data"),
        reader=reader,
        sandbox=ScriptedSandbox(),
        web=MemoryWeb(),
        may_search=lambda: False,
    )


def double(folder: Path) -> Toolbox:
    def read(arguments: Mapping[str, Any]) -> str:
        if arguments["path"] != "notes/a.txt":
            raise ValueError("There is no such file.")
        return "High water at six."

    tools = (
        Tool(name="read_file", description="Reads a file.", parameters=FORM, effect=Effect.READS),
        Tool(name="write_file", description="Writes a file.", parameters=FORM, effect=Effect.WRITES),
    )
    return MemoryToolbox(tools, {"read_file": read})


def servers(folder: Path) -> Toolbox:
    (folder / "notes").mkdir()
    (folder / "notes" / "a.txt").write_text("High water at six.")
    choice = ServerChoice(name="files", command=sys.executable, args=(str(FAKES / "file_server.py"), str(folder)))
    return OpenServers(lambda: (choice,), accepted=folder / "accepted.json", values=values_of).of(lambda: (choice,))


MAKERS: dict[str, Callable[[Path], Toolbox]] = {
    "own": lambda folder: JoinedToolbox(own(folder)),
    "joined": lambda folder: JoinedToolbox(MemoryToolbox(), double(folder)),
    "servers": lambda folder: JoinedToolbox(servers(folder)),
    "double": double,
}

Named = Callable[[str], str]


@pytest.fixture(params=MAKERS)
def maker(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def toolbox(maker: str, tmp_path: Path) -> AsyncIterator[Toolbox]:
    """All of its tools are accepted."""
    made = MAKERS[maker](tmp_path)
    await made.accept(await made.tools())
    yield made
    await made.close()


@pytest.fixture
def named(maker: str) -> Named:
    """What the toolbox calls a tool: that of a server has the server's name before its own."""
    return lambda name: f"files.{name}" if maker == "servers" else name


async def test_the_tools_have_names_of_their_own_and_say_what_they_need(toolbox: Toolbox, named: Named) -> None:
    tools = await toolbox.tools()
    names = [tool.name for tool in tools]
    assert {named("read_file"), named("write_file")} <= set(names)
    assert len(names) == len(set(names))
    assert all(tool.description and tool.parameters["type"] == "object" for tool in tools)
    assert await toolbox.tools() == tools
    assert toolbox.troubles() == ()


async def test_a_call_gives_text(toolbox: Toolbox, named: Named) -> None:
    output = await toolbox.call(ToolCall(tool=named("read_file"), arguments={"path": "notes/a.txt"}))
    assert not output.failed
    assert "High water at six." in output.text


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("read_file", {"path": "notes/none.txt"}), ("read_file", {}), ("unheard_of", {"path": "a"})],
)
async def test_what_goes_wrong_is_in_the_output(
    toolbox: Toolbox, named: Named, tool: str, arguments: Mapping[str, Any]
) -> None:
    output = await toolbox.call(ToolCall(tool=named(tool), arguments=arguments))
    assert output.failed
    assert output.text


async def test_a_preview_does_nothing_and_says_the_same_again(toolbox: Toolbox, named: Named) -> None:
    call = ToolCall(tool=named("write_file"), arguments={"path": "notes/b.txt", "content": "Low water at noon."})
    first = await toolbox.preview(call)
    assert first == await toolbox.preview(call)
    assert "notes/b.txt" in first
    assert "Low water at noon." in first
    assert (await toolbox.call(ToolCall(tool=named("read_file"), arguments={"path": "notes/b.txt"}))).failed


async def test_nobody_is_shown_what_can_not_be_done(toolbox: Toolbox, named: Named) -> None:
    for call in (ToolCall(tool=named("write_file")), ToolCall(tool=named("unheard_of"))):
        with pytest.raises(LegworkError):
            await toolbox.preview(call)


async def test_what_needs_no_acceptance_may_be_accepted_and_all_may_be_closed(toolbox: Toolbox) -> None:
    tools = await toolbox.tools()
    await toolbox.accept(tools)
    assert [tool.name for tool in await toolbox.tools()] == [tool.name for tool in tools]
    await toolbox.close()
    await toolbox.close()
