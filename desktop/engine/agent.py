"""What carries out one kind of task, and what it is given to do so."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Protocol, TypeVar

from desktop.engine.documents import Document, Source
from desktop.engine.inference import Answer, LoadedModel, Prompt
from desktop.engine.passages import Passages
from desktop.engine.plan import PlannedStep
from desktop.engine.question import Question
from desktop.engine.result import Artifact, Result
from desktop.engine.sandbox import Execution, Outcome, SandboxStanding
from desktop.engine.spent import Spent
from desktop.engine.task import TaskRequest
from desktop.engine.tools import Tools
from desktop.engine.web import Web

T = TypeVar("T")
Item = TypeVar("Item")


class Run(Protocol):
    """One execution of a task, as its agent sees it.

    Everything that passes through `step` and `map` is remembered: when a run continues after a crash or a pause, what
    had finished is returned from the journal and not done again. Functions given to them take and return values that
    msgspec can turn into JSON and back (dataclasses, tuples, dicts, strings, numbers), and say their return type in an
    annotation. All else that a function needs it gets as a bound method's self or through `functools.partial`; only
    the arguments count as inputs.
    """

    @property
    def request(self) -> TaskRequest:
        """What was asked for."""

    @property
    def spent(self) -> Spent:
        """What the run has used so far. It grows: what is decided by it is read in a step, and so remembered."""

    async def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Say, or revise, what the run intends. Steps that have started keep their progress."""

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """`await function(*arguments)`, once in the life of this run."""

    async def map(
        self,
        name: str,
        items: Sequence[Item],
        function: Callable[[Item], Awaitable[T]],
        *,
        width: int | None = None,
        on_result: Callable[[T], Awaitable[None]] | None = None,
    ) -> list[T]:
        """`function` of each item, in parallel, each remembered on its own.

        `width` run at a time (None: as many as the model has slots). The first failure ends the others and is raised.
        `on_result` is told every result as soon as it is remembered; those of an earlier sitting first, in order.
        """

    async def load_model(self) -> LoadedModel:
        """The task's model as it is loaded, with its context and slots."""

    async def ask(self, prompt: Prompt) -> Answer:
        """The model's answer. Waits for a free slot in the order of priority and age, and counts tokens and time."""

    async def ask_person(self, question: Question) -> str:
        """The person's answer: one of the choices, or any text where there are none. Only between steps.

        It may take days, in which the task holds nothing: where the answer is not there yet the work is cancelled, and
        `carry_out` begins anew once it is. The same question is not asked again in the life of this run.
        """

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets."""

    async def sources(self) -> tuple[Source, ...]:
        """The documents behind the request's inputs."""

    async def read(self, source: Source) -> Document:
        """A document's text. Raises `UnreadableDocument`."""

    @property
    def passages(self) -> Passages:
        """Documents by their words."""

    @property
    def web(self) -> Web:
        """The web, for agents that choose themselves what is fetched. What a model chooses goes through `tools`."""

    @property
    def tools(self) -> Tools:
        """What a model may call, behind the policy of the task."""

    def part(self, name: str, title: str, request: TaskRequest) -> "Run":
        """This run for another agent that does a part of the work, nested under the step `name` of the plan.

        Its steps, files and questions are this run's own, with `name` before theirs; a part that was finished, or
        interrupted, is taken up like any step. Its artifact `report.md` becomes the working file `name/report.md` of
        this run, for its agent to read and to keep. Its inputs are texts, or files and folders that this run was given;
        its tools are those of this run, with this run's policy above its own. It has this run's model and priority.

        The step `name` shows how many of the part's steps are done; it need not be carried out as one. `name` is not
        empty and has no `/` in it.
        """

    async def sandbox_standing(self) -> SandboxStanding:
        """How code can be run on this machine."""

    async def execute(self, execution: Execution) -> Outcome:
        """Run code in the sandbox. Raises `ExecutionRefused` where this machine can't."""

    async def write_file(self, name: str, content: bytes) -> None:
        """Keep a working file in the run's folder (not an artifact; for texts too large for the journal)."""

    async def read_file(self, name: str) -> bytes:
        """A working file's content."""

    async def write_artifact(self, name: str, media_type: str, content: bytes) -> Artifact:
        """Keep a file that belongs to the result."""

    async def show_draft(self, markdown: str) -> None:
        """Show what there is so far; it stays as the partial result of a run that does not complete."""


class Agent(Protocol):
    """Carries out one kind of task. Stateless: all that it remembers is in the run."""

    kind: ClassVar[str]
    title: ClassVar[str]  # what a person calls it; empty where programs alone ask for it

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where this can't become a task of this kind. Quick: it runs while the person waits."""

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """A first guess at the plan from the sources' sizes, for the estimate before anything is read."""

    async def carry_out(self, run: Run) -> Result:
        """Do the work. Raises `CannotComplete` where no result can be had."""
