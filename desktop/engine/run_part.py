"""A part of a run that another agent carries out."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Self, TypeVar

from desktop.engine.closed_web import ClosedWeb
from desktop.engine.documents import Document, DocumentReader, Source
from desktop.engine.errors import ExecutionRefused, UnreadableDocument
from desktop.engine.inference import Answer, LoadedModel, Prompt
from desktop.engine.nested_plan import SEPARATOR, full_name
from desktop.engine.passages import Passages
from desktop.engine.plan import PlannedStep
from desktop.engine.question import Question
from desktop.engine.result import Artifact
from desktop.engine.sandbox import Execution, Outcome, SandboxStanding
from desktop.engine.spent import Spent
from desktop.engine.steps import Steps
from desktop.engine.task import Input, TaskRequest
from desktop.engine.tool_use import GuardedTools
from desktop.engine.web import Web

if TYPE_CHECKING:
    from desktop.engine.agent import Run

T = TypeVar("T")
Item = TypeVar("Item")

_NO_QUESTION = "Allow it in the policy of the task, or do without."
"""What to do where a part may not: inside of it nobody can be asked."""

_WORK = "work"
"""The folder of a part's own working files, beside what would be its artifacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """Implements `Run` by the one that it is a part of: what has a name there has the part's before it here."""

    outer: "Run"
    name: str
    request: TaskRequest
    reader: DocumentReader
    steps: Steps
    outer_tools: GuardedTools

    @classmethod
    def of(
        cls,
        outer: "Run",
        name: str,
        title: str,
        request: TaskRequest,
        *,
        reader: DocumentReader,
        steps: Steps,
        tools: GuardedTools,
    ) -> Self:
        """The part, made known to the plan. Raises `ValueError` for a name that could be mistaken for two."""
        if not name or SEPARATOR in name:
            raise ValueError(f"a part can't be called {name!r}")
        steps.parts.open(full_name(tools.part, name), title)
        return cls(outer=outer, name=name, request=request, reader=reader, steps=steps, outer_tools=tools)

    @property
    def spent(self) -> Spent:
        """What the whole run has used so far."""
        return self.outer.spent

    @property
    def tools(self) -> GuardedTools:
        """What a model may call: no more than in the whole of the run."""
        return self.outer_tools.narrowed(self, full_name(self.outer_tools.part, self.name), self.request)

    def part(self, name: str, title: str, request: TaskRequest) -> "RunPart":
        """A part of this part."""
        return RunPart.of(self, name, title, request, reader=self.reader, steps=self.steps, tools=self.tools)

    async def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Say, or revise, what the part intends."""
        await self.steps.plan(steps, full_name(self.outer_tools.part, self.name))

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """`await function(*arguments)`, once in the life of this run."""
        return await self.outer.step(self._own(name), function, *arguments)

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
        return await self.outer.map(self._own(name), items, function, width=width, on_result=on_result)

    async def load_model(self) -> LoadedModel:
        """The task's model as it is loaded."""
        return await self.outer.load_model()

    async def ask(self, prompt: Prompt) -> Answer:
        """The model's answer, when it is this task's turn."""
        return await self.outer.ask(prompt)

    async def ask_person(self, question: Question) -> str:
        """The person's answer."""
        return await self.outer.ask_person(replace(question, key=self._own(question.key)))

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets."""
        return await self.outer.token_ends(text)

    async def sources(self) -> tuple[Source, ...]:
        """The documents behind the request's inputs. Raises `UnreadableDocument` for what the whole was not given."""
        self._check_reading()
        inputs = self.request.inputs
        if any(each.path is not None and each not in self.outer.request.inputs for each in inputs):
            given = await self.outer.sources()
            for each in inputs:
                if each.path is not None and not _is_given(each.path, self.outer.request.inputs, given):
                    raise UnreadableDocument(
                        f"“{each.label}” was not given to the task and was not read.",
                        hint="Give the task the file, or the folder that it lies in.",
                    )
        return await self.steps.robustly(self.reader.sources, inputs)

    async def read(self, source: Source) -> Document:
        """A document's text. Raises `UnreadableDocument`."""
        self._check_reading()
        return await self.outer.read(source)

    def _check_reading(self) -> None:
        if self.request.inputs and not self.tools.rules.allows("read_file"):
            raise UnreadableDocument("The task does not allow files to be read; none was.", hint=_NO_QUESTION)

    @property
    def passages(self) -> Passages:
        """Documents by their words."""
        return self.outer.passages

    @property
    def web(self) -> Web:
        """The web, where the policy of the whole allows pages and searches without a question."""
        rules = self.tools.rules
        if rules.allows("fetch_page") and rules.allows("search_web"):
            return self.outer.web
        return ClosedWeb(hint=_NO_QUESTION)

    async def sandbox_standing(self) -> SandboxStanding:
        """How code can be run on this machine, where the policy of the whole allows it without a question."""
        if not self.tools.rules.allows("run_python"):
            return SandboxStanding(available=False, tier="", reason=f"The task does not allow code. {_NO_QUESTION}")
        return await self.outer.sandbox_standing()

    async def execute(self, execution: Execution) -> Outcome:
        """Run code in the sandbox. Raises `ExecutionRefused`."""
        if not self.tools.rules.allows("run_python"):
            raise ExecutionRefused("The task does not allow code to be run; none was.", hint=_NO_QUESTION)
        return await self.outer.execute(execution)

    async def write_file(self, name: str, content: bytes) -> None:
        """Keep a working file of the part."""
        await self.outer.write_file(self._own(f"{_WORK}/{name}"), content)

    async def read_file(self, name: str) -> bytes:
        """A working file's content."""
        return await self.outer.read_file(self._own(f"{_WORK}/{name}"))

    async def write_artifact(self, name: str, media_type: str, content: bytes) -> Artifact:
        """Keep what would be an artifact as a working file of the run that this is a part of."""
        await self.outer.write_file(self._own(name), content)
        digest = hashlib.sha256(content).hexdigest()
        return Artifact(name=name, media_type=media_type, size=len(content), sha256=digest)

    async def show_draft(self, markdown: str) -> None:
        """Show what there is so far."""
        await self.outer.show_draft(markdown)

    def _own(self, name: str) -> str:
        return full_name(self.name, name)


def _is_given(path: str, inputs: Sequence[Input], sources: Sequence[Source]) -> bool:
    """Whether it is one of the inputs, or a file or folder in one that was found there."""
    asked, given = PurePath(path), [PurePath(each.path) for each in inputs if each.path is not None]
    if asked in given:
        return True
    below = any(asked.is_relative_to(each) for each in given)
    return below and any(each.path is not None and PurePath(each.path).is_relative_to(asked) for each in sources)
