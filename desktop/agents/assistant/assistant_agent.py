"""The agent that is given a goal and tools."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Final

from desktop.agents.assistant import planning
from desktop.agents.assistant.assignment import check_servers, understand
from desktop.agents.assistant.checking import written_files
from desktop.agents.assistant.menu import make_menu
from desktop.agents.assistant.parts import keep
from desktop.agents.assistant.report import ANSWER_NAME, evidence, summary_markdown, verify
from desktop.agents.assistant.transcript import NAME, transcript
from desktop.agents.assistant.working import Working
from desktop.engine import (
    Agent,
    Artifact,
    CannotComplete,
    PlannedStep,
    PromptTooLong,
    Result,
    Run,
    Source,
    Spent,
    TaskRequest,
)

_FILES: Final = "files/"
"""Where copies of what was written lie among the artifacts."""


class AssistantAgent:
    """Reaches a goal turn by turn. Implements `Agent`.

    `helpers` are agents that it may hand parts to, `servers` names those whose tools there are now; None: unknown here.
    """

    kind: ClassVar[str] = "assistant"
    title: ClassVar[str] = "Assistant"

    def __init__(self, helpers: Sequence[Agent] = (), *, servers: Callable[[], Collection[str]] | None = None) -> None:
        self._helpers = tuple(helpers)
        self._servers = servers

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where goal or options do not make a task."""
        understand(request)
        if self._servers is not None:
            check_servers(request, self._servers())

    def outline(self, request: TaskRequest, _sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """A plan and as many turns as usual: nobody knows before how many it takes."""
        assignment = understand(request)
        return planning.planned_steps((planning.the_plan(len(assignment.goal)),), 1, assignment.budget)

    async def carry_out(self, run: Run) -> Result:
        """Work, check, and say what was reached. Raises `CannotComplete` where nothing was."""
        assignment = understand(run.request)
        menu = make_menu(await run.tools.offered(), self._helpers, assignment)
        if not menu.actions:
            raise CannotComplete(
                "There is no tool that this task may use; nothing was done.",
                hint="Give it a folder, or allow it tools with the option “tools”.",
            )
        work = Working(run=run, assignment=assignment, menu=menu)
        try:
            ended = await work.work()
        except PromptTooLong as too_long:
            raise CannotComplete(
                "The goal and the tools leave no room for the work in the context of this model; what was written "
                "stays.",
                hint="Allow fewer tools with the option “tools”, shorten the goal, or choose a larger model.",
            ) from too_long
        return await _result(run, work, ended)


async def _result(run: Run, work: Working, ended: str) -> Result:
    if ended and not evidence(work.turns):
        raise CannotComplete(
            f"Nothing was reached: {ended}, and no action brought anything; nothing was written.",
            hint="Say the goal in smaller steps, allow more tools, or choose a larger model.",
        )
    verification = verify(ended, work.review, work.turns)
    summary = summary_markdown(work.answer, verification, ended)
    spent = await run.step("spent", _Meter(run).read)
    artifacts = [
        await run.write_artifact(ANSWER_NAME, "text/markdown", summary.encode("utf-8", "replace")),
        await run.write_artifact(NAME, "application/json", transcript(work, ended, verification, spent)),
        *[await _copy(run, path, content) for path, content in written_files(work.menu, work.turns).items() if content],
    ]
    for part, left in work.left.items():
        artifacts += await keep(run, part, left)
    return Result(summary=summary, verification=verification, artifacts=tuple(artifacts))


class _Meter:
    """Reads what a run has spent, in a step: a run that is taken up tells the same."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def read(self) -> Spent:
        """As it is now."""
        return self._run.spent


async def _copy(run: Run, path: str, content: str) -> Artifact:
    """What was written, beside the result: the file itself may be changed by whoever works there next."""
    return await run.write_artifact(f"{_FILES}{path}", "text/plain", content.encode("utf-8", "replace"))
