"""Wherever a run is killed while it uses tools: no effect without its intent on record, and none twice unasked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.engine import Question, Result, Run, TaskId, TaskRequest, TaskStatus, ToolCall, ToolOutput
from desktop.engine.steps import Steps
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.unit.engine.conftest import DONE, World
from tests.unit.engine.mortal_store import MortalStore, kill_all
from tests.unit.engine.test_tool_use import NEW, READ, WRITE, call

MOST_SITTINGS = 40


class Moments:
    """Counts the moments at which a process may end; in those that are deadly it does."""

    def __init__(self, deadly: Sequence[int]) -> None:
        self.deadly = set(deadly)
        self.count = 0
        self.is_killed = False

    async def come(self) -> None:
        self.count += 1
        if self.count - 1 in self.deadly:
            self.is_killed = True
            await asyncio.Event().wait()


class WatchedStore(MortalStore):
    """Each write can be the last one: before it, or when nobody has heard of it yet."""

    def __init__(self, kept: MemoryStore, moments: Moments) -> None:
        super().__init__(kept)
        self.moments = moments

    async def record(self, change: Any) -> Any:
        if self.is_dead:
            await self._vanish()
        await self.moments.come()
        recorded = await self._kept.record(change)
        await self.moments.come()
        return recorded


class WatchedToolbox(MemoryToolbox):
    """Its effects happen outside of the process: they stay."""

    def __init__(self, scene: "Scene") -> None:
        super().__init__([READ, WRITE, NEW])
        self.scene = scene

    async def call(self, call: ToolCall) -> ToolOutput:
        await self.scene.moments.come()
        await self.scene.check_intent(call)
        self.scene.effects[str(call.arguments["path"])] += 1
        await self.scene.moments.come()
        return ToolOutput(text=f"{call.tool} of {call.arguments['path']}")


class Scene:
    """One task, its person, and the kills that come."""

    def __init__(self, deadly: Sequence[int], doubtful: Sequence[str]) -> None:
        self.moments = Moments(deadly)
        self.doubtful = list(doubtful)  # what the person says to what may have been done
        self.world = World()
        self.kept = self.world.store
        self.effects: Counter[str] = Counter()
        self.again: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.questions: list[Question] = []
        self.outputs: dict[str, ToolOutput] = {}
        self.task_id = TaskId("")
        self.unrecorded: list[str] = []

    async def carry_out(self, run: Run) -> Result:
        await run.tools.offered()
        for key, made in (("read", call("read_file", "r")), ("write", call("write_file", "w"))):
            self.outputs[key] = await run.tools.use(key, made)
        part = run.part("part", "Part", run.request)
        await part.tools.offered()
        self.outputs["send"] = await part.tools.use("send", call("mail.send", "s"))
        return DONE

    async def check_intent(self, made: ToolCall) -> None:
        entries = await self.kept.journal(self.task_id, (await self.kept.task(self.task_id)).run)
        on_record = {entry.step for entry in entries if entry.item.startswith("intent")}
        step = {"w": "write", "s": "part/send"}.get(str(made.arguments["path"]))
        if step is not None and step not in on_record:
            self.unrecorded.append(step)

    async def play(self) -> None:
        """Until the task has ended, however often it is killed."""
        opening = asyncio.create_task(self.open())
        await opening
        self.task_id = (await self.world.engine.submit(TaskRequest(kind="errand", goal="fetch"))).task_id
        for _ in range(MOST_SITTINGS):
            await self.world.settle()
            if self.moments.is_killed:
                self.world.store.is_dead = True  # type: ignore[attr-defined]
                await kill_all()
                self.moments.is_killed = False
                opening = asyncio.create_task(self.open())  # may be killed as well
                continue
            await opening
            task = await self.world.engine.task(self.task_id)
            if task.status is not TaskStatus.WAITING:
                break
            assert task.question is not None
            await self.decide(task.question)
        assert (await self.world.engine.task(self.task_id)).status is TaskStatus.COMPLETED
        await self.world.engine.stop()

    async def open(self) -> None:
        self.world.store = WatchedStore(self.kept, self.moments)  # type: ignore[assignment]
        accepted = self.world.toolbox.there if isinstance(self.world.toolbox, WatchedToolbox) else None
        self.world.toolbox = WatchedToolbox(self)
        if accepted is not None:
            self.world.toolbox.there = accepted
        await self.world.open(self.carry_out)

    async def decide(self, question: Question) -> None:
        """What the person says; that may be the moment of a kill too."""
        self.questions.append(question)
        path = "w" if "write_file" in question.text else "s"
        if "interrupted" in question.text:
            answer = self.doubtful.pop() if self.doubtful else "Leave it"
        else:
            answer = "Do it" if "Do it" in question.choices else "Accept"
        if "interrupted" in question.text:  # whether it is heard or not: then it is asked again
            (self.again if answer == "Do it again" else self.left)[path] += 1
        answering = asyncio.create_task(self.world.engine.answer(self.task_id, answer))
        await self.world.settle()
        if not self.moments.is_killed:
            await answering

    def check(self) -> None:
        assert not self.unrecorded
        for path, key in (("w", "write"), ("s", "send")):
            assert self.effects[path] <= 1 + self.again[path]
            assert self.effects[path] >= 1 or self.left[path]
            assert self.outputs[key].failed == bool(self.left[path] and "interrupted" in self.outputs[key].text)
        assert self.outputs["read"].text == "read_file of r"


async def moments_without_kills() -> int:
    scene = Scene([], [])
    await scene.play()
    scene.check()
    assert scene.effects == {"r": 1, "w": 1, "s": 1}
    assert len(scene.questions) == 3  # the new tool, and two calls
    return scene.moments.count


@pytest.mark.parametrize("words", ["Do it again", "Leave it"])
async def test_a_kill_at_any_moment_does_no_harm(words: str) -> None:
    doubts = 0
    for moment in range(await moments_without_kills()):
        scene = Scene([moment], [words])
        await scene.play()
        scene.check()
        doubts += sum(scene.again.values()) + sum(scene.left.values())
    assert doubts > 2  # it was asked where nobody could know


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    deadly=st.lists(st.integers(0, 80), max_size=6),
    doubtful=st.lists(st.sampled_from(["Do it again", "Leave it"]), max_size=4),
)
def test_nor_do_many_kills(deadly: list[int], doubtful: list[str]) -> None:
    async def play() -> None:
        scene = Scene(deadly, doubtful)
        await scene.play()
        scene.check()

    asyncio.run(play())


def test_an_effect_without_an_intent_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    note = Steps.note

    async def forgetful(self: Steps, step: str, item: str, inputs: object, result: object) -> None:
        if not item.startswith("intent"):
            await note(self, step, item, inputs, result)

    monkeypatch.setattr(Steps, "note", forgetful)
    scene = Scene([], [])
    asyncio.run(scene.play())
    assert scene.unrecorded == ["write", "part/send"]
