"""Servers that do what they should, on both ways, and a real one."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from desktop.engine import Acquaintance, Effect, InvalidRequest, ToolCall
from desktop.tools.servers import ServerChoice
from tests.unit.tools.servers.conftest import FAKES, Boxes, odd, weather


@pytest.fixture(params=["program", "address"])
async def choice(request: pytest.FixtureRequest) -> AsyncIterator[ServerChoice]:
    """The well-made server, on both ways."""
    if request.param == "program":
        yield weather()
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(FAKES / "tool_server.py"), "http", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    yield ServerChoice(name="weather", url=f"http://127.0.0.1:{port}/mcp")
    process.terminate()
    await process.communicate()


async def test_a_server_says_what_it_has_and_does_it(choice: ServerChoice, boxes: Boxes) -> None:
    box = boxes.of(choice)
    tools = {tool.name: tool for tool in await box.tools()}
    assert sorted(tools) == ["weather.chart", "weather.fail", "weather.forecast", "weather.variable"]
    tool = tools["weather.forecast"]
    assert (tool.description, tool.server) == ("What the weather will be.", "weather")
    assert (tool.effect, tool.acquaintance) == (Effect.UNKNOWN, Acquaintance.NEW), "what it says of itself is no fact"
    assert tool.parameters["required"] == ["place"]
    assert box.claims("weather.forecast") == "that it only reads"
    assert box.troubles() == ()

    refused = await box.call(ToolCall(tool="weather.forecast", arguments={"place": "Kiel"}))
    assert refused.failed
    assert "not accepted" in refused.text

    await box.accept((tool,))
    given = await box.call(ToolCall(tool="weather.forecast", arguments={"place": "Kiel", "days": 3}))
    assert (given.text, given.failed) == ("Kiel: rain for 3 days", False)
    assert (await box.call(ToolCall(tool="weather.chart"))).failed, "accepted is what was accepted, and no other"


async def test_what_goes_wrong_in_a_tool_is_its_output(choice: ServerChoice, boxes: Boxes) -> None:
    box = await boxes.accepted_of(choice)
    output = await box.call(ToolCall(tool="weather.fail", arguments={"why": "no clouds"}))
    assert output.failed
    assert "no clouds" in output.text
    assert (await box.call(ToolCall(tool="weather.forecast", arguments={"days": "many"}))).failed
    assert (await box.call(ToolCall(tool="weather.nothing"))).text.startswith("The tool server weather has no tool")
    assert "there is no tool server" in (await box.call(ToolCall(tool="other.forecast"))).text.lower()


async def test_pictures_are_named_and_not_passed_on(choice: ServerChoice, boxes: Boxes) -> None:
    box = await boxes.accepted_of(choice)
    output = await box.call(ToolCall(tool="weather.chart"))
    assert output.text == "[an image, image/png, 1,002 bytes: not passed on]"


async def test_a_call_is_shown_as_it_would_be_made(boxes: Boxes) -> None:
    box = boxes.of(weather())
    await box.tools()
    shown = await box.preview(ToolCall(tool="weather.forecast", arguments={"place": "Kiel\u202e"}))
    assert shown.startswith("forecast of the tool server weather, the program ")
    assert '"place": "Kiel⟨U+202E⟩"' in shown
    assert shown.endswith("The server says that it only reads; nobody has checked it.")


async def test_a_call_that_can_t_be_shown_whole_is_not_asked_about(boxes: Boxes) -> None:
    box = boxes.of(weather())
    with pytest.raises(InvalidRequest, match="too many for a person to look at"):
        await box.preview(ToolCall(tool="weather.forecast", arguments={"place": "Kiel" * 6_000}))


async def test_calls_of_one_server_may_overlap(boxes: Boxes) -> None:
    box = await boxes.accepted_of(weather(), odd(name="second"))
    calls = [ToolCall(tool="weather.forecast", arguments={"place": str(number)}) for number in range(20)]
    calls.append(ToolCall(tool="second.echo", arguments={"text": "me too"}))
    outputs = await asyncio.gather(*map(box.call, calls))
    assert [output.text for output in outputs] == [f"{number}: rain for 1 days" for number in range(20)] + ["me too"]


async def test_a_real_server_tells_the_time(boxes: Boxes) -> None:
    clock = ServerChoice(name="time", command=sys.executable, args=("-m", "mcp_server_time"))
    box = await boxes.accepted_of(clock)
    assert {tool.name for tool in await box.tools()} == {"time.get_current_time", "time.convert_time"}
    told = await box.call(ToolCall(tool="time.get_current_time", arguments={"timezone": "Asia/Tokyo"}))
    assert not told.failed
    moment = datetime.fromisoformat(json.loads(told.text)["datetime"])
    assert moment.utcoffset() == timedelta(hours=9)
    assert abs(moment - datetime.now(UTC)) < timedelta(hours=1)
    odd_place = await box.call(ToolCall(tool="time.get_current_time", arguments={"timezone": "Nowhere/Here"}))
    assert odd_place.failed


async def test_a_task_has_the_servers_that_it_names(boxes: Boxes) -> None:
    off = odd(name="off", enabled=False)
    box = boxes.of(odd(name="one"), odd(name="two"), off, wanted=frozenset({"two", "off", "none"}))
    assert [tool.name for tool in await box.tools()] == ["two.echo"]
    assert [sentence.split(" in ")[0] for sentence in box.troubles()] == [
        "There is no tool server 'none'",
        "There is no tool server 'off'",
    ]


async def test_a_server_that_is_taken_out_of_the_settings_is_not_asked_again(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd())
    assert not (await box.call(ToolCall(tool="odd.echo", arguments={"text": "hello"}))).failed
    box._servers = tuple
    assert (await box.call(ToolCall(tool="odd.echo", arguments={"text": "hello"}))).failed
