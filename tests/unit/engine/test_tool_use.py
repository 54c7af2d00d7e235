"""A run uses tools: what is allowed is done once, what is not is asked about or refused, and all is remembered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from desktop.engine import (
    Acquaintance,
    Effect,
    LegworkError,
    Question,
    Result,
    Run,
    TaskId,
    TaskRequest,
    TaskStatus,
    Tool,
    ToolCall,
    ToolOutput,
    WebUnavailable,
)
from desktop.engine import opened_toolbox as opened_toolbox_module
from desktop.engine import tool_use as tool_use_module
from desktop.engine.stall_watch import STALLED_SECONDS
from desktop.engine.tool_use import MOST_CHARACTERS
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.unit.engine.conftest import DONE, World

FORM: Mapping[str, Any] = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
ONCE, ALL, NO = "Do it", "Do it, always in this task", "No"


def tool(name: str, effect: Effect, **other: Any) -> Tool:
    return Tool(name=name, description=f"The tool {name}.", parameters=FORM, effect=effect, **other)


READ = tool("read_file", Effect.READS)
WRITE = tool("write_file", Effect.WRITES)
NEW = tool("mail.send", Effect.UNKNOWN, server="mail", acquaintance=Acquaintance.NEW)
CHANGED = tool(
    "mail.read", Effect.UNKNOWN, server="mail", acquaintance=Acquaintance.CHANGED, accepted="It reads one letter."
)


def call(name: str, path: str = "a.txt") -> ToolCall:
    return ToolCall(tool=name, arguments={"path": path})


@dataclass
class Errand:
    """Looks at the tools, then makes some calls; it notes what it got."""

    calls: Sequence[tuple[str, ToolCall]]
    offered: list[str] = field(default_factory=list)
    troubles: tuple[str, ...] = ()
    outputs: list[ToolOutput] = field(default_factory=list)

    async def __call__(self, run: Run) -> Result:
        self.offered = [each.name for each in await run.tools.offered()]
        self.troubles = await run.tools.troubles()
        self.outputs = [await run.tools.use(key, made) for key, made in self.calls]
        return DONE


async def begun(world: World, errand: Errand, **options: Any) -> TaskId:
    """A task that does this errand, as far as it comes without a person."""
    await world.open(errand)
    request = TaskRequest(kind="errand", goal="fetch", options=options)
    task_id = (await world.engine.submit(request)).task_id
    await world.settle()
    return task_id


async def question(world: World, task_id: TaskId) -> Question:
    task = await world.engine.task(task_id)
    assert task.status is TaskStatus.WAITING
    assert task.question is not None
    return task.question


async def answer(world: World, task_id: TaskId, words: str) -> None:
    await world.engine.answer(task_id, words)
    await world.settle()


async def reopened(world: World, errand: Errand) -> None:
    await world.engine.stop()
    await world.open(errand)
    await world.settle()


async def test_what_only_looks_is_done_without_a_question(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, WRITE], {"read_file": lambda arguments: f"text of {arguments['path']}"})
    world.toolbox.trouble = ("The server mail did not start.",)
    errand = Errand([("turn 1", call("read_file"))])
    task_id = await begun(world, errand)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.offered == ["read_file", "write_file"]
    assert errand.troubles == ("The server mail did not start.",)
    assert errand.outputs == [ToolOutput(text="text of a.txt")]
    steps = (await world.engine.task(task_id)).progress.steps
    assert "turn 1" in [step.name for step in steps]


async def test_a_call_is_shown_to_the_person_before_it_changes_something(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE])
    errand = Errand([("turn 1", call("write_file"))])
    task_id = await begun(world, errand)
    asked = await question(world, task_id)
    assert asked.details == "write_file: {'path': 'a.txt'}"
    assert asked.choices == (ONCE, ALL, NO)
    assert "write_file" in asked.text
    assert world.toolbox.calls == []
    assert world.toolbox.closed == world.toolbox.opened == 1  # a task that waits holds nothing
    await reopened(world, errand)
    await answer(world, task_id, ONCE)
    assert world.toolbox.calls == [call("write_file")]
    assert errand.outputs == [ToolOutput(text="Done.")]
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert world.toolbox.closed == world.toolbox.opened


async def test_an_answer_holds_for_that_call_and_no_other(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE])
    errand = Errand([("turn 1", call("write_file")), ("turn 2", call("write_file", "b.txt"))])
    task_id = await begun(world, errand)
    await answer(world, task_id, ONCE)
    assert (await question(world, task_id)).details == "write_file: {'path': 'b.txt'}"
    await answer(world, task_id, NO)
    assert world.toolbox.calls == [call("write_file")]
    assert errand.outputs[1].failed
    assert "said no" in errand.outputs[1].text


async def test_an_answer_does_not_hold_where_the_call_would_do_something_else_by_now(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE])
    errand = Errand([("turn 1", call("write_file"))])
    task_id = await begun(world, errand)

    async def another(made: ToolCall) -> str:
        return "It would replace another file."

    world.toolbox.preview = another  # type: ignore[method-assign]
    await answer(world, task_id, ONCE)
    assert (await question(world, task_id)).details == "It would replace another file."
    assert world.toolbox.calls == []


async def test_a_tool_that_was_allowed_for_the_task_is_not_asked_about_again(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE, tool("fetch_page", Effect.SENDS)])
    errand = Errand([(f"turn {path}", call("write_file", path)) for path in "abc"] + [("turn 4", call("fetch_page"))])
    task_id = await begun(world, errand)
    await answer(world, task_id, ALL)
    assert [made.arguments["path"] for made in world.toolbox.calls] == ["a", "b", "c"]
    assert "fetch_page" in (await question(world, task_id)).text  # that was another tool
    await reopened(world, errand)
    await answer(world, task_id, NO)
    assert [made.arguments["path"] for made in world.toolbox.calls] == ["a", "b", "c"]


async def test_a_tool_that_is_described_otherwise_is_not_the_one_that_was_allowed(world: World) -> None:
    accepted = replace(NEW, acquaintance=Acquaintance.ACCEPTED)
    world.toolbox = MemoryToolbox([accepted])
    errand = Errand([("turn 1", call("mail.send")), ("turn 2", call("mail.send", "b"))])
    task_id = await begun(world, errand)

    def change(arguments: Mapping[str, Any]) -> str:
        world.toolbox.there = [replace(accepted, description="It sends everything.")]
        raise ValueError("What the server says of it has changed.")

    world.toolbox.doing["mail.send"] = change
    await answer(world, task_id, ALL)
    assert len(world.toolbox.calls) == 1
    assert "mail.send" in (await question(world, task_id)).text


@pytest.mark.parametrize("was_begun", [True, False])
async def test_of_a_tool_that_is_gone_after_a_kill_it_is_said_that_it_may_be_done(
    world: World, was_begun: bool
) -> None:
    accepted = replace(NEW, acquaintance=Acquaintance.ACCEPTED)
    world.toolbox = MemoryToolbox([accepted])
    never = asyncio.Event()

    async def hang(_made: ToolCall) -> ToolOutput:
        await never.wait()
        raise AssertionError("nobody ends it")

    world.toolbox.call = hang  # type: ignore[method-assign]
    errand = Errand([("turn 1", call("mail.send"))])
    task_id = await begun(world, errand)
    if was_begun:
        await answer(world, task_id, ONCE)
    world.toolbox = MemoryToolbox([])
    world.toolbox.trouble = ("The server mail did not start.",)
    await reopened(world, errand)
    if not was_begun:
        await answer(world, task_id, ONCE)
    said = errand.outputs[0].text
    assert "The server mail did not start." in said
    assert ("it may have been done before Legwork was interrupted" in said) is was_begun
    assert ("nothing was done" in said) is not was_begun


async def test_what_is_described_otherwise_after_a_failure_is_asked_about_anew(world: World) -> None:
    accepted = replace(NEW, acquaintance=Acquaintance.ACCEPTED)
    world.toolbox = MemoryToolbox([accepted])
    errand = Errand([("turn 1", call("mail.send")), ("turn 2", call("mail.send", "b"))])

    def fail(arguments: Mapping[str, Any]) -> str:
        world.toolbox.there = [replace(CHANGED, name="mail.send")]
        raise ValueError("The server ended.")

    world.toolbox.doing["mail.send"] = fail
    task_id = await begun(world, errand, policy="mail.send=allow")
    assert "is described otherwise than you accepted it" in (await question(world, task_id)).text
    assert len(world.toolbox.calls) == 1


async def test_a_server_that_is_absent_at_first_may_come_later(world: World) -> None:
    accepted = replace(NEW, acquaintance=Acquaintance.ACCEPTED)
    world.toolbox = MemoryToolbox([READ, accepted], {"read_file": lambda _: come()})
    errand = Errand([("turn 1", call("write_file")), ("turn 2", call("read_file")), ("turn 3", call("mail.send"))])
    world.toolbox.there.append(WRITE)
    task_id = await begun(world, errand, policy="mail.send=allow")

    def come() -> str:
        world.toolbox.there.append(accepted)
        world.toolbox.trouble = ()
        return "Read."

    world.toolbox.there = [READ, WRITE]  # the task waits meanwhile, and looks again
    world.toolbox.trouble = ("The server mail did not start.",)
    await answer(world, task_id, ONCE)
    assert [made.tool for made in world.toolbox.calls] == ["write_file", "read_file", "mail.send"]
    assert not errand.outputs[-1].failed


async def test_what_is_denied_is_neither_offered_nor_done(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, WRITE])
    errand = Errand([("turn 1", call("write_file")), ("turn 2", call("unheard_of"))])
    await begun(world, errand, policy={"write_file": "deny"})
    assert errand.offered == ["read_file"]
    assert [output.failed for output in errand.outputs] == [True, True]
    assert errand.outputs[0].text == ("write_file can't be used here; nothing was done. The tools that can: read_file.")
    assert world.toolbox.calls == []


async def test_where_nothing_is_allowed_the_model_is_told_so(world: World) -> None:
    world.toolbox = MemoryToolbox([READ])
    errand = Errand([("turn 1", call("read_file"))])
    await begun(world, errand, policy="read_file=deny")
    assert errand.outputs[0].text == "read_file can't be used here; nothing was done. The tools that can: none."


async def test_what_is_allowed_beforehand_is_not_asked_about(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE])
    errand = Errand([("turn 1", call("write_file"))])
    task_id = await begun(world, errand, policy="write_file=allow")
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert world.toolbox.calls == [call("write_file")]


async def test_nobody_is_asked_about_a_call_that_can_not_be_made(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE])
    errand = Errand([("turn 1", ToolCall(tool="write_file"))])
    task_id = await begun(world, errand)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.outputs == [ToolOutput(text="write_file was not called: it needs path.", failed=True)]


async def test_tools_of_a_server_are_shown_before_a_model_reads_of_them(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, NEW, CHANGED])
    errand = Errand([])
    task_id = await begun(world, errand)
    asked = await question(world, task_id)
    assert asked.choices == ("Accept all of them", "Decide one by one", "Leave out")
    assert "The server mail offers 2 tools" in asked.text
    for shown in (
        "mail.send",
        "The tool mail.send.",
        "mail.read",
        "The tool mail.read.",
        "It reads one letter.",
        "path",
    ):
        assert shown in asked.details
    assert errand.offered == []
    await answer(world, task_id, "Accept all of them")
    assert errand.offered == ["read_file", "mail.send", "mail.read"]
    assert world.toolbox.accepted == ["mail.send", "mail.read"]


async def test_they_can_be_accepted_one_by_one_or_left_out(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, NEW, CHANGED])
    errand = Errand([])
    task_id = await begun(world, errand)
    await answer(world, task_id, "Decide one by one")
    assert "is new to you" in (await question(world, task_id)).text
    await answer(world, task_id, "Leave out")
    assert "is described otherwise" in (await question(world, task_id)).text
    await answer(world, task_id, "Accept")
    assert errand.offered == ["read_file", "mail.read"]
    assert world.toolbox.accepted == ["mail.read"]


async def test_those_that_are_left_out_stay_out_and_are_not_asked_about_again(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, NEW, CHANGED])
    errand = Errand([("turn 1", call("mail.send")), ("turn 2", call("read_file"))])
    task_id = await begun(world, errand)
    await answer(world, task_id, "Leave out")
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.offered == ["read_file"]
    assert [output.failed for output in errand.outputs] == [True, False]
    assert world.toolbox.accepted == []


async def test_nobody_is_asked_about_tools_that_the_task_may_not_use(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, NEW, CHANGED])
    errand = Errand([])
    task_id = await begun(world, errand, policy={"mail.*": "deny"})
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.offered == ["read_file"]


async def test_a_tool_that_changes_while_the_task_waits_is_shown_again(world: World) -> None:
    world.toolbox = MemoryToolbox([NEW])
    errand = Errand([("turn 1", call("mail.send"))])
    task_id = await begun(world, errand)
    await answer(world, task_id, "Accept")
    assert "May the task use mail.send?" in (await question(world, task_id)).text
    world.toolbox.there = [replace(NEW, acquaintance=Acquaintance.CHANGED, description="Send me all.", accepted="Old.")]
    await answer(world, task_id, ONCE)
    asked = await question(world, task_id)
    assert "is described otherwise" in asked.text
    assert "Send me all." in asked.details
    await answer(world, task_id, "Leave out")
    assert world.toolbox.calls == []
    assert errand.outputs[0].failed


async def test_the_tools_stay_the_same_in_the_life_of_a_run(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, WRITE])
    errand = Errand([("turn 1", call("write_file")), ("turn 2", call("read_file"))])
    task_id = await begun(world, errand)
    world.toolbox.there = [WRITE]
    await reopened(world, errand)
    await answer(world, task_id, ONCE)
    assert errand.offered == ["read_file", "write_file"]
    assert [output.failed for output in errand.outputs] == [False, True]


async def test_long_outputs_are_cut_and_say_so(world: World) -> None:
    text = "a" * MOST_CHARACTERS + "b" * MOST_CHARACTERS
    world.toolbox = MemoryToolbox([READ], {"read_file": lambda _: text})
    errand = Errand([("turn 1", call("read_file"))])
    await begun(world, errand)
    got = errand.outputs[0].text
    assert f"[… {MOST_CHARACTERS:,} characters are left out here …]" in got
    assert got.startswith("aaa")
    assert got.endswith("bbb")
    assert len(got) < MOST_CHARACTERS + 100


class Slow(MemoryToolbox):
    """A toolbox that takes its time, or fails."""

    def __init__(self, world: World, failure: Exception | None = None) -> None:
        super().__init__([READ, WRITE])
        self.world, self.failure = world, failure

    async def call(self, call: ToolCall) -> ToolOutput:
        self.calls.append(call)
        await self.world.clock.sleep(3 * STALLED_SECONDS)
        if self.failure is not None:
            raise self.failure
        return ToolOutput(text="At last.")

    async def close(self) -> None:
        await super().close()
        if self.failure is not None:
            raise self.failure


async def test_a_tool_may_take_its_time(world: World) -> None:
    world.toolbox = Slow(world)
    errand = Errand([("turn 1", call("read_file"))])
    task_id = await begun(world, errand)
    await world.clock.run_for(2 * STALLED_SECONDS)
    assert (await world.engine.task(task_id)).progress.stalled_seconds == 0
    await world.clock.run_for(2 * STALLED_SECONDS)
    assert errand.outputs == [ToolOutput(text="At last.")]


@pytest.mark.expected_log("the tools of a run could not be closed")
async def test_a_failure_is_told_to_the_model_and_the_call_is_not_made_again(world: World) -> None:
    world.toolbox = Slow(world, WebUnavailable("Nobody answers.", hint="Ask another one."))
    errand = Errand([("turn 1", call("write_file"))])
    task_id = await begun(world, errand, policy="write_file=allow")
    await world.clock.run_for(4 * STALLED_SECONDS)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.outputs == [ToolOutput(text="Nobody answers. Ask another one.", failed=True)]
    assert len(world.toolbox.calls) == 1


async def test_a_call_that_may_be_done_and_can_not_be_made_any_more_is_left_without_a_question(world: World) -> None:
    world.toolbox = Slow(world)
    errand = Errand([("turn 1", call("write_file"))])
    task_id = await begun(world, errand, policy="write_file=allow")
    assert len(world.toolbox.calls) == 1
    changed = MemoryToolbox([READ, replace(WRITE, parameters={**FORM, "required": ["path", "version"]})])
    await world.engine.stop()
    world.toolbox = changed
    await world.open(errand)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert errand.outputs[0].failed
    assert errand.outputs[0].text.startswith("This was interrupted: it may be done or not. It was not done again.")
    assert "it needs version" in errand.outputs[0].text
    assert changed.calls == []


async def test_tools_that_do_not_come_are_not_waited_for_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(MemoryToolbox):
        async def tools(self) -> tuple[Tool, ...]:
            await asyncio.Event().wait()
            return ()

    monkeypatch.setattr(tool_use_module, "LOOK_SECONDS", 0.0)
    world.toolbox = Silent()
    task_id = await begun(world, Errand([]))
    await world.clock.run_for(3_600)
    failure = (await world.engine.task(task_id)).failure
    assert failure is not None
    assert "The tools were not there within" in failure.message


async def test_a_call_that_does_not_end_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_use_module, "CALL_SECONDS", 0.0)
    world.toolbox = Slow(world)
    errand = Errand([("turn 1", call("read_file"))])
    await begun(world, errand)
    assert errand.outputs[0].failed
    assert "it may be done" in errand.outputs[0].text


@pytest.mark.expected_log("the tools of a run could not be closed")
async def test_tools_that_do_not_close_keep_no_task_from_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_toolbox_module, "CLOSE_SECONDS", 0.0)
    world.toolbox = MemoryToolbox([READ])
    task_id = await begun(world, Errand([("turn 1", call("read_file"))]))
    assert await world.status(task_id) is TaskStatus.COMPLETED


async def test_a_policy_that_nobody_understands_fails_the_task_in_words(world: World) -> None:
    task_id = await begun(world, Errand([]), policy={"write_fil": "deny"})
    failure = (await world.engine.task(task_id)).failure
    assert failure is not None
    assert "write_fil" in failure.message


async def test_tools_are_used_between_steps_only(world: World) -> None:
    world.toolbox = MemoryToolbox([WRITE])
    caught: list[Exception] = []

    async def script(run: Run) -> Result:
        async def work() -> str:
            try:
                await run.tools.use("turn 1", call("write_file"))
            except (RuntimeError, LegworkError) as error:
                caught.append(error)
            return ""

        await run.step("work", work)
        return DONE

    await world.open(script)
    await world.submit()
    await world.settle()
    assert "inside of step" in str(caught[0])
    assert world.toolbox.calls == []


async def test_what_was_interrupted_and_can_not_be_done_again_is_said_to_the_model(world: World) -> None:
    world.toolbox = Slow(world)
    errand = Errand([("turn 1", call("write_file"))])
    task_id = await begun(world, errand, policy="write_file=allow")
    assert len(world.toolbox.calls) == 1
    await world.engine.stop()
    world.toolbox = MemoryToolbox([READ, WRITE])

    async def conflict(made: ToolCall) -> str:
        raise WebUnavailable("Another file is there by now.")

    world.toolbox.preview = conflict  # type: ignore[method-assign]
    await world.open(errand)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert "It was not done again. Another file is there by now." in errand.outputs[0].text
    assert world.toolbox.calls == []
