"""A run in memory for tests of agents: it keeps the promises of `Run`, remembers through JSON."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar, get_type_hints

import msgspec

from desktop.engine import (
    Answer,
    Artifact,
    Document,
    DocumentReader,
    Execution,
    LanguageModel,
    LoadedModel,
    Outcome,
    Passages,
    PlannedStep,
    Prompt,
    Question,
    Sandbox,
    SandboxStanding,
    Source,
    Spent,
    TaskRequest,
    Web,
)
from tests.fakes.memory_passages import MemoryPassages
from tests.fakes.memory_tools import MemoryTools
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.scripted_sandbox import ScriptedSandbox

T = TypeVar("T")
Item = TypeVar("Item")


class MemoryRun:
    """Implements `Run`. Give the `journal` and `files` of an earlier one to resume it."""

    def __init__(
        self,
        request: TaskRequest,
        model: LanguageModel,
        reader: DocumentReader,
        *,
        sandbox: Sandbox | None = None,
        passages: Passages | None = None,
        web: Web | None = None,
        tools: MemoryTools | None = None,
        journal: dict[tuple[str, str], tuple[str, bytes]] | None = None,
        files: dict[str, bytes] | None = None,
    ) -> None:
        self._request = request
        self.model = model
        self.reader = reader
        self.sandbox = sandbox or ScriptedSandbox()
        self.passages: Passages = passages or MemoryPassages(reader)
        self.web = web or MemoryWeb()
        self.tools = tools or MemoryTools()
        self.journal = {} if journal is None else journal  # (step, item) -> (hash of the inputs, result as JSON)
        self.files = {} if files is None else files
        self.plans: list[tuple[PlannedStep, ...]] = []
        self.artifacts: dict[str, bytes] = {}
        self.media_types: dict[str, str] = {}
        self.drafts: list[str] = []
        self.done: list[tuple[str, str]] = []  # steps and items carried out here, not remembered
        self.steps: list[str] = []  # names in the order of their start
        self.answers: list[Answer] = []
        self.prompts: list[Prompt] = []
        self.person: dict[str, str] = {}  # the answers that a person gives
        self.questions: list[Question] = []  # what was asked here, not remembered
        self.parts: dict[str, MemoryRun] = {}  # by name
        self.outer: tuple[MemoryRun, str] | None = None  # what it is a part of, and its name there
        self.earlier = Spent()  # what an earlier sitting used
        self._inside = False

    @property
    def request(self) -> TaskRequest:
        """What was asked for."""
        return self._request

    @property
    def spent(self) -> Spent:
        """All tokens of the answers here, and for each the seconds that it says; `earlier` is from before."""
        tokens = sum(each.prompt_tokens - each.cached_tokens + each.output_tokens for each in self.answers)
        seconds = sum(each.prompt_seconds + each.output_seconds for each in self.answers)
        return Spent(seconds=self.earlier.seconds + seconds, tokens=self.earlier.tokens + tokens)

    async def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Keep the plan."""
        self.plans.append(tuple(steps))

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """`await function(*arguments)`, once in the life of this run."""
        self._start(name)
        try:
            return await self._once(name, "", function, arguments, *arguments)
        finally:
            self._inside = False

    async def map(
        self,
        name: str,
        items: Sequence[Item],
        function: Callable[[Item], Awaitable[T]],
        *,
        width: int | None = None,
        on_result: Callable[[T], Awaitable[None]] | None = None,
    ) -> list[T]:
        """`function` of each item, `width` at a time, each remembered on its own and told to `on_result`."""
        self._start(name)
        limit = asyncio.Semaphore(width or (await self.load_model()).slots)

        async def one(index: int, item: Item) -> T:
            async with limit:
                result = await self._once(name, str(index), function, item, item)
                if on_result is not None:
                    await on_result(result)
                return result

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(index, item)) for index, item in enumerate(items)]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self._inside = False
        return [task.result() for task in tasks]

    def _start(self, name: str) -> None:
        assert not self._inside, f"step {name!r} was begun inside of another"
        self._inside = True
        self.steps.append(name)

    async def _once(
        self, name: str, item: str, function: Callable[..., Awaitable[T]], inputs: object, *arguments: object
    ) -> T:
        inputs_hash = hashlib.sha256(msgspec.json.encode(inputs, order="deterministic")).hexdigest()
        remembered = self.journal.get((name, item))
        if remembered is None or remembered[0] != inputs_hash:
            result = msgspec.json.encode(await function(*arguments))
            self.done.append((name, item))
            remembered = self.journal[name, item] = (inputs_hash, result)
        decoded: T = msgspec.json.decode(remembered[1], type=_return_type(function))
        return decoded

    async def load_model(self) -> LoadedModel:
        """The model of the test."""
        return await self.model.load()

    async def ask(self, prompt: Prompt) -> Answer:
        """The model's answer."""
        self.prompts.append(prompt)
        answer = await self.model.answer(prompt)
        self.answers.append(answer)
        return answer

    async def ask_person(self, question: Question) -> str:
        """What the test put into `person`, under the question's text; the same as before where it was asked before."""
        assert not self._inside, "the person was asked inside of a step"

        async def answer(asked: Question) -> str:
            self.questions.append(asked)
            return self.person[asked.text]

        return await self._once("", f"{question.key} {question.text}", answer, question, question)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`."""
        return await self.model.token_ends(text)

    async def sources(self) -> tuple[Source, ...]:
        """The documents behind the request's inputs."""
        return await self.reader.sources(self._request.inputs)

    async def read(self, source: Source) -> Document:
        """A document's text."""
        return await self.reader.read(source)

    def part(self, name: str, title: str, request: TaskRequest) -> "MemoryRun":
        """A run of its own in memory, which remembers nothing of an earlier one."""
        run = MemoryRun(
            request,
            self.model,
            self.reader,
            sandbox=self.sandbox,
            passages=self.passages,
            web=self.web,
            tools=self.tools,
        )
        run.person, run.outer = self.person, (self, name)
        self.parts[name] = run
        return run

    async def sandbox_standing(self) -> SandboxStanding:
        """How the test's sandbox stands."""
        return await self.sandbox.look()

    async def execute(self, execution: Execution) -> Outcome:
        """What the test's sandbox makes of it."""
        return await self.sandbox.run(execution)

    async def write_file(self, name: str, content: bytes) -> None:
        """Keep a working file."""
        self.files[name] = content

    async def read_file(self, name: str) -> bytes:
        """A working file's content."""
        return self.files[name]

    async def write_artifact(self, name: str, media_type: str, content: bytes) -> Artifact:
        """Keep a file of the result; that of a part is a working file of what it is a part of."""
        if self.outer is not None:
            whole, part = self.outer
            await whole.write_file(f"{part}/{name}", content)
        self.artifacts[name] = content
        self.media_types[name] = media_type
        digest = hashlib.sha256(content).hexdigest()
        return Artifact(name=name, media_type=media_type, size=len(content), sha256=digest)

    async def show_draft(self, markdown: str) -> None:
        """Keep every draft."""
        self.drafts.append(markdown)


def _return_type(function: Callable[..., Any]) -> Any:
    while isinstance(function, partial):
        function = function.func
    return get_type_hints(function)["return"]
