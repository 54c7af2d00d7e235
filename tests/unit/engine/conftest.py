"""A whole engine in memory: a scripted model, a clock that the test moves, and an agent that each test writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from desktop.engine import (
    Adapters,
    Engine,
    Input,
    InvalidRequest,
    Message,
    PlannedStep,
    Prompt,
    Result,
    Role,
    Run,
    Source,
    SystemIdentifiers,
    Task,
    TaskId,
    TaskRequest,
    TaskStatus,
    TaskUpdate,
    Verdict,
    Verification,
    Web,
    Webhook,
    WebhookForm,
    Work,
)
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fixed_hardware import FixedHardware
from tests.fakes.memory_defaults import MemoryDefaults
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.memory_passages import MemoryPassages
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_space import MemorySpace
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.open_ears import OpenEars
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.fakes.scripted_sandbox import ScriptedSandbox
from tests.fakes.switched_wakefulness import SwitchedWakefulness

DONE = Result(summary="Done.", verification=Verification(verdict=Verdict.VERIFIED))
QUESTION = Prompt(messages=(Message(role=Role.USER, content="How wide is the sea?"),), max_tokens=50)
Script = Callable[[Run], Awaitable[Result]]


async def at_once(run: Run) -> Result:
    return DONE


async def forever(run: Run) -> Result:
    await asyncio.Event().wait()
    return DONE


class ScriptedAgent:
    """An agent whose work is a function of the test."""

    kind: ClassVar[str] = "errand"
    title: ClassVar[str] = "Errand"

    def __init__(self, script: Script) -> None:
        self.script = script

    def check(self, request: TaskRequest) -> None:
        if request.goal == "refuse":
            raise InvalidRequest("Refused.", hint="Ask for something else.")

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        return (PlannedStep(name="work", title="Work", work=Work(seconds=10)),)

    async def carry_out(self, run: Run) -> Result:
        return await self.script(run)


@dataclass
class Notices:
    """A notifier that remembers."""

    tasks: list[Task] = field(default_factory=list)

    async def notify(self, task: Task) -> None:
        self.tasks.append(task)


class World:
    """What outlives an engine (store, files, clock), and the engine that is there now."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.files = MemoryFiles()
        self.clock = FakeClock()
        self.model = ScriptedModel()
        self.hardware = FixedHardware()
        self.reader = MemoryReader()
        self.passages = MemoryPassages(self.reader)
        self.sandbox = ScriptedSandbox()
        self.web: Web = MemoryWeb()
        self.toolbox = MemoryToolbox()
        self.notices = Notices()
        self.space = MemorySpace()
        self.wakefulness = SwitchedWakefulness()
        self.ears = OpenEars()
        self.defaults = MemoryDefaults()
        self.webhook_forms: dict[str, WebhookForm] = {}
        self.updates: list[TaskUpdate] = []
        self.engine: Engine

    async def open(
        self, script: Script, *, max_running: int | None = None, models: ScriptedModels | None = None
    ) -> Engine:
        """A started engine whose agent does what `script` says."""
        adapters = self.adapters(models or ScriptedModels(self.model))
        self.engine = Engine(adapters, agents=[ScriptedAgent(script)], max_running=max_running)
        self.engine.subscribe(self.updates.append)
        await self.engine.start()
        return self.engine

    def adapters(self, models: ScriptedModels) -> Adapters:
        """What an engine of this world works with."""
        return Adapters(
            store=self.store,
            files=self.files,
            models=models,
            hardware=self.hardware,
            reader=self.reader,
            passages=self.passages,
            sandbox=self.sandbox,
            web=self.web,
            open_toolbox=self.open_toolbox,
            notifier=self.notices,
            channels=self.ears,
            space=self.space,
            clock=self.clock,
            identifiers=SystemIdentifiers(),
            wakefulness=self.wakefulness,
            defaults=self.defaults,
            webhook_forms=self.webhook_forms,
        )

    def open_toolbox(self, request: TaskRequest) -> MemoryToolbox:
        """The toolbox of every task."""
        self.toolbox.opened += 1
        return self.toolbox

    async def submit(
        self, goal: str = "fetch", priority: int = 5, webhook: Webhook | None = None, model: str | None = None
    ) -> TaskId:
        """Submit an errand."""
        request = TaskRequest(
            kind="errand",
            goal=goal,
            inputs=(Input(name="note.txt", text="A note."),),
            priority=priority,
            webhook=webhook,
            model=model,
        )
        return (await self.engine.submit(request)).task_id

    async def settle(self) -> None:
        """Let happen what can happen without time passing."""
        await self.clock.pass_on()

    async def status(self, task_id: TaskId) -> TaskStatus:
        """The task's status now."""
        return (await self.engine.task(task_id)).status

    async def happened(self, task_id: TaskId) -> list[str]:
        """The names of the task's events."""
        return [type(each.event).__name__ for each in await self.engine.events(task_id)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    if hasattr(world, "engine"):
        await world.engine.stop()
