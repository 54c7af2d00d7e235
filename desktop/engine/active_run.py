"""A run that is being carried out: the engine's side of the agent's `Run`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from desktop.engine.adapters import Adapters
from desktop.engine.asking import Asking
from desktop.engine.attempts import Attempts
from desktop.engine.documents import Document, Source
from desktop.engine.estimate import Ratio
from desktop.engine.events import LoadedWithLess
from desktop.engine.inference import Answer, LoadedModel, Prompt
from desktop.engine.journal import Journal
from desktop.engine.live_task import LiveTask
from desktop.engine.lively_web import LivelyWeb
from desktop.engine.model_call import ItemInFlight
from desktop.engine.model_desk import GatedModel
from desktop.engine.opened_toolbox import OpenedToolbox
from desktop.engine.passages import Passages
from desktop.engine.plan import PlannedStep
from desktop.engine.progress import ProgressTracker
from desktop.engine.question import Question
from desktop.engine.result import Artifact
from desktop.engine.run_part import RunPart
from desktop.engine.run_passages import RunPassages
from desktop.engine.run_storage import RunStorage
from desktop.engine.sandbox import Execution, Outcome, SandboxStanding
from desktop.engine.spent import Spent
from desktop.engine.steps import Steps, current_item, current_step
from desktop.engine.storage_watch import StorageWatch
from desktop.engine.task import TaskRequest
from desktop.engine.tool_policy import tool_rules
from desktop.engine.tool_use import GuardedTools
from desktop.engine.vigil import Vigil
from desktop.engine.web import Web

T = TypeVar("T")
Item = TypeVar("Item")


@dataclass(slots=True, kw_only=True)
class ActiveRun:
    """Implements `Run`: the shared model, the adapters, the person; steps and what moves in them are others' work."""

    live: LiveTask
    journal: Journal
    model: GatedModel
    adapters: Adapters
    tracker: ProgressTracker
    prior: Ratio
    storage: StorageWatch
    kept: RunStorage = field(init=False)
    attempts: Attempts = field(init=False)
    vigil: Vigil = field(init=False)
    steps: Steps = field(init=False)
    asking: Asking = field(init=False)
    toolbox: OpenedToolbox = field(init=False)
    passages: Passages = field(init=False)
    _given_up: tuple[str, ...] = ()  # what the loaded model does without, as it was last recorded

    def __post_init__(self) -> None:
        clock = self.adapters.clock
        self.kept = RunStorage(live=self.live, files=self.adapters.files, storage=self.storage, tracker=self.tracker)
        self.attempts = Attempts(live=self.live, clock=clock, record=self.kept.record)
        self.vigil = Vigil(
            live=self.live,
            model=self.model,
            clock=clock,
            tracker=self.tracker,
            attempts=self.attempts,
            prior=self.prior,
        )
        self.steps = Steps(
            journal=self.journal,
            clock=clock,
            tracker=self.tracker,
            attempts=self.attempts,
            kept=self.kept,
            load=self.load_model,
            refresh=self.vigil.refresh,
        )
        self.asking = Asking(journal=self.journal)
        self.toolbox = OpenedToolbox(self.adapters.open_toolbox, self.request)
        self.passages = RunPassages(
            all_passages=self.adapters.passages,
            task_id=self.live.task.task_id,
            insist=partial(self.storage.insist, self.live),
            life=self.tracker.life,
        )

    @property
    def request(self) -> TaskRequest:
        """What was asked for."""
        return self.live.task.request

    @property
    def spent(self) -> Spent:
        """What the run has used so far."""
        return self.tracker.spent()

    async def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Say, or revise, what the run intends."""
        await self.steps.plan(steps)

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """`await function(*arguments)`, once in the life of this run."""
        return await self.steps.step(name, function, *arguments)

    async def map(
        self,
        name: str,
        items: Sequence[Item],
        function: Callable[[Item], Awaitable[T]],
        *,
        width: int | None = None,
        on_result: Callable[[T], Awaitable[None]] | None = None,
    ) -> list[T]:
        """`function` of each item, in parallel, each remembered on its own."""
        return await self.steps.map(name, items, function, width=width, on_result=on_result)

    async def load_model(self) -> LoadedModel:
        """The task's model as it is loaded."""
        return await self.steps.robustly(self._load)

    async def ask(self, prompt: Prompt) -> Answer:
        """The model's answer, when it is this task's turn."""
        return await self.steps.robustly(self._ask, prompt)

    async def ask_person(self, question: Question) -> str:
        """The person's answer."""
        if current_step():
            raise RuntimeError(f"the person was asked inside of step {current_step()!r}")
        return await self.asking.answer_to(question)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets."""
        return await self.steps.robustly(self._token_ends, text)

    async def sources(self) -> tuple[Source, ...]:
        """The documents behind the request's inputs."""
        return await self.steps.robustly(self.adapters.reader.sources, self.request.inputs)

    async def read(self, source: Source) -> Document:
        """A document's text. Raises `UnreadableDocument`."""
        return await self.steps.robustly(self._read, source)

    @property
    def web(self) -> Web:
        """The web, for agents that choose themselves what is fetched."""
        return LivelyWeb(self.adapters.web, self.tracker.life, self.adapters.clock)

    @property
    def tools(self) -> GuardedTools:
        """What a model may call, behind the policy of the task."""
        return GuardedTools(
            run=self,
            steps=self.steps,
            toolbox=self.toolbox,
            rules=tool_rules(self.request),
            life=self.tracker.life,
            clock=self.adapters.clock,
        )

    def part(self, name: str, title: str, request: TaskRequest) -> RunPart:
        """This run for another agent that does a part of the work."""
        reader = self.adapters.reader
        return RunPart.of(self, name, title, request, reader=reader, steps=self.steps, tools=self.tools)

    async def sandbox_standing(self) -> SandboxStanding:
        """How code can be run on this machine."""
        return await self.adapters.sandbox.look()

    async def execute(self, execution: Execution) -> Outcome:
        """Run code in the sandbox, whose limits see to it that it ends: until then it counts as alive."""
        async with self.tracker.life.regularly(self.adapters.clock):
            return await self.adapters.sandbox.run(execution)

    async def write_file(self, name: str, content: bytes) -> None:
        """Keep a working file in the run's folder."""
        await self.kept.write(f"work/{name}", content)

    async def read_file(self, name: str) -> bytes:
        """A working file's content."""
        return await self.kept.read(f"work/{name}")

    async def write_artifact(self, name: str, media_type: str, content: bytes) -> Artifact:
        """Keep a file that belongs to the result."""
        stored = await self.kept.write(f"artifacts/{name}", content)
        return Artifact(name=name, media_type=media_type, size=stored.size, sha256=stored.sha256)

    async def show_draft(self, markdown: str) -> None:
        """Show what there is so far."""
        self.live.show(draft=markdown)

    async def _load(self) -> LoadedModel:
        with self.tracker.loading():
            loaded = await self.model.load(self.request.priority, self.live.task.task_id)
        self.tracker.usage.load(loaded)
        if loaded.given_up != self._given_up:
            self._given_up = loaded.given_up
            if loaded.given_up:
                await self.kept.record(self.live.event(LoadedWithLess, given_up=loaded.given_up))
        return loaded

    async def _ask(self, prompt: Prompt) -> Answer:
        await self._load()
        with self.tracker.call(current_item() or ItemInFlight()) as call:
            answer = await self.model.answer(prompt, call, self.request.priority, self.live.task.task_id)
        self.tracker.usage.see_memory(self.model.model.memory)
        return answer

    async def _token_ends(self, text: str) -> tuple[int, ...]:
        await self._load()
        ends = await self.model.token_ends(text, self.request.priority, self.live.task.task_id)
        self.tracker.life.give()
        return ends

    async def _read(self, source: Source) -> Document:
        try:
            return await self.adapters.reader.read(source)
        finally:
            self.tracker.life.give()
