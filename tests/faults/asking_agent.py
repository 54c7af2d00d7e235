"""An agent that asks, in the place of the usual ones: for tests of what a kill does to a question and its answer."""

from collections.abc import Sequence
from typing import ClassVar

from desktop.engine import PlannedStep, Question, Result, Run, Source, TaskRequest, Verdict, Verification, Work

MAY_I = Question(text="May it install a package?", details="pip install regex", choices=("allow", "deny"))


class AskingAgent:
    """Works, asks, works on with the answer, and has it as its result. Each step leaves a file of its own."""

    kind: ClassVar[str] = "documents"
    title: ClassVar[str] = "Documents"

    def check(self, request: TaskRequest) -> None:
        """Anything will do."""

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """Two steps."""
        return tuple(PlannedStep(name=name, title=name, work=Work(seconds=1)) for name in ("before", "after"))

    async def carry_out(self, run: Run) -> Result:
        """Do it."""
        await run.step("before", self._note)
        answer = await run.ask_person(MAY_I)
        await run.step("after", self._note_answer, answer)
        return Result(summary=answer, verification=Verification(verdict=Verdict.VERIFIED))

    async def _note(self) -> str:
        return "before"

    async def _note_answer(self, answer: str) -> str:
        return answer
