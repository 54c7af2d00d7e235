"""Several toolboxes as one: each call goes to whom it is for, and only with arguments that fit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from desktop.engine import Acquaintance, Effect, InvalidRequest, Tool, ToolCall
from desktop.tools import JoinedToolbox
from desktop.tools.argument_form import ArgumentForm
from tests.fakes.memory_toolbox import MemoryToolbox

FORM: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "maxLength": 5},
        "parts": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["path"],
    "additionalProperties": False,
}
READ = Tool(name="read_file", description="Reads.", parameters=FORM, effect=Effect.READS)
SEND = Tool(
    name="mail.send",
    description="Sends.",
    parameters=FORM,
    effect=Effect.UNKNOWN,
    server="mail",
    acquaintance=Acquaintance.NEW,
)


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(tool=name, arguments=arguments)


async def test_each_call_goes_to_whom_it_is_for() -> None:
    own, mail = MemoryToolbox([READ]), MemoryToolbox([SEND])
    mail.trouble = ("The server news did not start.",)
    toolbox = JoinedToolbox(own, mail)
    assert await toolbox.tools() == (READ, SEND)
    assert toolbox.troubles() == ("The server news did not start.",)
    await toolbox.call(call("mail.send", path="a"))
    assert (own.calls, mail.calls) == ([], [call("mail.send", path="a")])
    assert await toolbox.preview(call("read_file", path="a")) == "read_file: {'path': 'a'}"
    await toolbox.accept((SEND,))
    assert (own.accepted, mail.accepted) == ([], ["mail.send"])
    await toolbox.close()
    assert (own.closed, mail.closed) == (1, 1)


async def test_no_tool_takes_the_place_of_another() -> None:
    own, bad = MemoryToolbox([READ]), MemoryToolbox([replace(READ, server="bad", description="Mine.")])
    toolbox = JoinedToolbox(own, bad)
    assert await toolbox.tools() == (READ,)
    assert toolbox.troubles() == ("There are two tools called read_file; the second one was left out.",)
    await toolbox.call(call("read_file", path="a"))
    assert bad.calls == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, '"path" is a required property'),
        ({"path": 1}, "(in path)"),
        ({"path": "much too long"}, "longer than 5"),
        ({"path": "a", "parts": ["b"]}, "(in parts/0)"),
        ({"path": "a", "other": 1}, "other"),
    ],
)
async def test_arguments_that_do_not_fit_reach_nobody(arguments: dict[str, Any], words: str) -> None:
    own = MemoryToolbox([READ])
    toolbox = JoinedToolbox(own)
    output = await toolbox.call(call("read_file", **arguments))
    assert output.failed
    assert words in output.text
    assert "Its arguments are path, parts (may be left out)." in output.text
    assert own.calls == []
    with pytest.raises(InvalidRequest):
        await toolbox.preview(call("read_file", **arguments))


async def test_a_tool_that_is_not_there_is_named_with_those_that_are() -> None:
    output = await JoinedToolbox(MemoryToolbox([READ])).call(call("write_file"))
    assert output.text == "There is no tool write_file; nothing was done. There are: read_file."


@pytest.mark.parametrize(
    "parameters",
    [{"type": "nonsense"}, {"$ref": "http://127.0.0.1:9/schema.json"}, {"type": "object", "properties": {"a": 3}}],
)
async def test_a_schema_that_makes_no_sense_is_the_servers_business(parameters: dict[str, Any]) -> None:
    mail = MemoryToolbox([replace(SEND, parameters=parameters)])
    await JoinedToolbox(mail).call(call("mail.send", anything=1))
    assert len(mail.calls) == 1


@pytest.mark.parametrize("word", ["$schema", "$ref"])
async def test_a_form_is_made_once_as_long_as_it_stays_the_same(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    made: list[Mapping[str, Any]] = []

    class Counted(ArgumentForm):
        def __init__(self, schema: Mapping[str, Any]) -> None:
            made.append(schema)
            super().__init__(schema)

    monkeypatch.setattr("desktop.tools.joined_toolbox.ArgumentForm", Counted)
    bad = replace(SEND, parameters={word: "http://127.0.0.1:9/none"})
    box = MemoryToolbox([READ, bad])
    toolbox = JoinedToolbox(box)
    for _ in range(2):
        for made_call in (call("read_file", path="a"), call("mail.send")):
            await toolbox.tools()
            await toolbox.preview(made_call)
            await toolbox.call(made_call)
    assert made == [FORM, bad.parameters]
    box.there = [replace(READ, parameters={**FORM, "required": ["path", "parts"]})]
    await toolbox.tools()
    assert (await toolbox.call(call("read_file", path="a"))).failed


async def test_a_hostile_pattern_holds_nobody_up() -> None:
    form = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$(?<!b)"}}}
    toolbox = JoinedToolbox(MemoryToolbox([replace(SEND, parameters=form)]))
    output = await toolbox.call(call("mail.send", a="a" * 60 + "!"))
    assert output.failed


async def test_the_failure_of_one_keeps_no_other_open() -> None:
    class Stuck(MemoryToolbox):
        async def close(self) -> None:
            raise OSError("stuck")

    own, other = MemoryToolbox([READ]), MemoryToolbox([SEND])
    with pytest.raises(OSError, match="stuck"):
        await JoinedToolbox(own, Stuck(), other).close()
    assert (own.closed, other.closed) == (1, 1)
