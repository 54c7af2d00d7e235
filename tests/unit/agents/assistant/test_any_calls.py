"""Whatever a model calls, with whatever arguments and in whatever order: no effect without an allow or a yes."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.agents import AssistantAgent
from desktop.engine import (
    TERMINAL,
    Acquaintance,
    Effect,
    Input,
    Prompt,
    Question,
    Task,
    TaskId,
    TaskRequest,
    TaskStatus,
    Tool,
)
from tests.fakes.scripted_model import sample
from tests.unit.agents.assistant.scene import a_tool
from tests.unit.engine.conftest import World

TOOLS: Final = (
    a_tool("list_files"),
    a_tool("read_file", path=True),
    a_tool("run_python", Effect.RUNS, code=True),
    a_tool("write_file", Effect.WRITES, path=True, content=True),
    a_tool("fetch_page", Effect.SENDS, url=True),
    a_tool("search_web", Effect.SENDS, query=True),
    replace(a_tool("known.one", Effect.UNKNOWN, server="known", x=True), acquaintance=Acquaintance.ACCEPTED),
    replace(a_tool("known.two", Effect.UNKNOWN, server="known", x=True), acquaintance=Acquaintance.CHANGED),
    replace(a_tool("other.one", Effect.UNKNOWN, server="other", x=True), acquaintance=Acquaintance.NEW),
    replace(a_tool("other.two", Effect.UNKNOWN, server="other", x=True), acquaintance=Acquaintance.NEW),
)
NAMES: Final = [tool.name for tool in TOOLS]
POLICIES: Final = st.dictionaries(
    st.sampled_from([*NAMES, "known.*", "other.*"]), st.sampled_from(["allow", "ask", "deny"]), max_size=4
)


class Record:
    """What the person allowed, in the request and by their answers, and the calls that were made without."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self.once: Counter[str] = Counter()
        self.always: set[str] = set()
        self.accepted = {tool.name for tool in TOOLS if tool.acquaintance in (Acquaintance.OWN, Acquaintance.ACCEPTED)}
        self.unfounded: list[str] = []
        self.made = 0

    def note(self, question: Question, answer: str) -> None:
        """The person answered."""
        words = f"{question.text}\n{question.details}".split()
        if answer == "Do it":
            self.once[question.details] += 1
        elif answer.startswith("Do it, and"):
            self.always.add(question.text.split()[4].rstrip("?"))
        elif answer.startswith("Accept"):
            self.accepted.update(name for name in NAMES if name in words)

    def see(self, tool: Tool, arguments: Mapping[str, Any]) -> str:
        """A call is made."""
        self.made += 1
        call = f"{tool.name}: {dict(arguments)}"
        if not self._is_founded(tool, call):
            self.unfounded.append(call)
        return f"{tool.name} did it."

    def _is_founded(self, tool: Tool, call: str) -> bool:
        offered = self.options["tools"]
        if tool.name not in self.accepted or (offered and tool.name not in offered):
            return False
        usual = "allow" if tool.effect in (Effect.READS, Effect.RUNS) else "ask"
        of_server = self.options["policy"].get(f"{tool.server}.*", usual)
        policy = self.options["policy"].get(tool.name, of_server)
        if policy == "ask" and tool.name not in self.always:
            self.once[call] -= 1
            return self.once[call] >= 0
        return policy != "deny"


def any_model(random: Random) -> Any:
    """Chooses any of the actions, and writes anything of a few things as arguments."""

    def answer(prompt: Prompt) -> Any:
        if prompt.schema is None:
            return "It is done."
        properties = prompt.schema["properties"]
        if "action" in properties:
            return {"thought": "I obey.", "action": random.choice(properties["action"]["enum"])}
        if "reached" in properties:
            return {"missing": "all", "reached": random.random() < 0.5}
        if "steps" in properties or "facts" in properties:
            return sample(prompt.schema)
        return {name: random.choice(["a", "b", "../c", "http://evil.example/?canary"]) for name in properties}

    return answer


async def carry_out(seed: int, options: Mapping[str, Any]) -> Record:
    world, record, random = World(), Record(options), Random(seed)  # noqa: S311 - no secret depends on it
    world.model.script = any_model(random)
    world.toolbox.there = list(TOOLS)
    world.toolbox.doing = {tool.name: lambda given, tool=tool: record.see(tool, given) for tool in TOOLS}
    await world.open(AssistantAgent().carry_out)
    request = TaskRequest(
        kind="errand",
        goal="Look at https://example.org, then do it.",
        inputs=(Input(name="desk", text=""),),
        options={**options, "budget": "10 turns"},
    )
    task_id = (await world.engine.submit(request)).task_id
    while (task := await settled(world, task_id)).status not in TERMINAL:
        assert task.question is not None
        if random.random() < 0.2:  # the person comes back another day
            await world.engine.stop()
            await world.open(AssistantAgent().carry_out)
        answer = random.choice(task.question.choices)
        record.note(task.question, answer)
        await world.engine.answer(task_id, answer)
    await world.engine.stop()
    return record


async def settled(world: World, task_id: TaskId) -> Task:
    """The task once it has ended or asks."""
    for _ in range(100):
        await world.settle()
        task = await world.engine.task(task_id)
        if task.status in (*TERMINAL, TaskStatus.WAITING):
            return task
    raise AssertionError(f"the task is {task.status}")


@given(
    seed=st.integers(0, 2**32),
    policy=POLICIES,
    offered=st.one_of(st.just([]), st.lists(st.sampled_from(NAMES), min_size=2, unique=True)),
)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_no_call_has_an_effect_without_an_allow_or_a_yes(seed: int, policy: dict[str, str], offered: list[str]) -> None:
    record = asyncio.run(carry_out(seed, {"policy": policy, "tools": offered}))
    assert not record.unfounded


def test_what_is_allowed_is_done() -> None:
    policy = {tool.name: "allow" for tool in TOOLS}
    records = [asyncio.run(carry_out(seed, {"policy": policy, "tools": []})) for seed in range(3)]
    assert all(record.made > 1 for record in records)
    refused = asyncio.run(carry_out(1, {"policy": dict.fromkeys(NAMES, "deny"), "tools": []}))
    assert not refused.made
