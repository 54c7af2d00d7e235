"""Has the model write test cases and programs, several of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from desktop.agents.code import prompts
from desktop.agents.code.assignment import Assignment
from desktop.agents.code.cases import MOST_CASES, Case, Origin, cases_of, is_readable
from desktop.agents.code.draws import Draw
from desktop.agents.code.program import ProgramText, program_of
from desktop.agents.code.project import Project
from desktop.agents.code.stated import stated_cases
from desktop.agents.code.written_tests import written_cases
from desktop.engine import Prompt, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Asks the model of a run."""

    run: Run
    assignment: Assignment
    project: Project
    opening: prompts.Opening
    names: tuple[str, ...]  # functions and classes that the program is to define
    banned: tuple[str, ...] = ()  # packages that it has to do without

    def without(self, packages: Sequence[str]) -> "Writer":
        """The same, for programs that need none of these."""
        return replace(self, banned=tuple(packages))

    async def program(self, draw: Draw) -> ProgramText:
        """A try at the program."""
        language = self.assignment.language
        return await self._program(
            prompts.program_prompt(self.opening, language, self.project, self.names, draw, self.banned)
        )

    async def tests(self, draw: Draw) -> str:
        """A try at test cases, as the model wrote them."""
        return (await self.run.ask(prompts.tests_prompt(self.opening, self.assignment.language, self.names, draw))).text

    async def repaired(self, program: ProgramText, trouble: Sequence[str], draw: Draw) -> ProgramText:
        """A try at mending the program."""
        language = self.assignment.language
        prompt = prompts.repair_prompt(self.opening, language, self.project, program.files, trouble, draw)
        mended = await self._program(prompt)
        return ProgramText(files={**program.files, **mended.files} if mended.files else {})

    async def _program(self, prompt: Prompt) -> ProgramText:
        return program_of((await self.run.ask(prompt)).text, self.assignment.language, self.project)


def persons_cases(assignment: Assignment, names: tuple[str, ...], *, whole: bool) -> list[Case]:
    """What the person says. `whole`: the person's tests run as they are, and are no cases."""
    given = [] if whole else cases_of(assignment.tests, Origin.GIVEN)
    return [*given, *stated_cases(assignment.goal, names)]


def gather_cases(persons: Sequence[Case], names: tuple[str, ...], replies: Sequence[str]) -> list[Case]:
    """All cases, what the person says first, each once."""
    written = [case for reply in replies for case in written_cases(reply, names or ("run",))]
    first: dict[str, Case] = {}
    for case in filter(is_readable, [*persons, *written]):
        first.setdefault(case.source.replace('"', "'"), case)
    return list(first.values())[:MOST_CASES]
