"""Has the model write test cases and programs, several of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.code import prompts
from desktop.agents.code.assignment import Assignment
from desktop.agents.code.cases import MOST_CASES, Case, Origin, cases_of, stated_cases
from desktop.agents.code.program import ProgramText, blocks, program_of
from desktop.engine import Prompt, Run

PROGRAMS: Final = 6
"""Tries at the program: the first one as the model thinks best, the others with some chance in them."""
TESTS: Final = 2
"""Tries at the test cases."""
REPAIRS: Final = 3
"""Tries at each repair."""
TEMPERATURE: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One try: `seed` and `temperature` make it differ from the others."""

    seed: int
    temperature: float


def draws(count: int, *, first_plain: bool = True) -> list[Draw]:
    """So many tries."""
    return [
        Draw(seed=number + 1, temperature=0.0 if first_plain and not number else TEMPERATURE) for number in range(count)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Asks the model of a run."""

    run: Run
    assignment: Assignment
    start: str  # what all prompts begin with
    names: tuple[str, ...]  # functions and classes that the program is to define

    async def program(self, draw: Draw) -> ProgramText:
        """A try at the program."""
        return await self._program(
            prompts.program_prompt(
                self.start, self.assignment, self.names, seed=draw.seed, temperature=draw.temperature
            )
        )

    async def tests(self, draw: Draw) -> str:
        """A try at test cases, as the model wrote them."""
        prompt = prompts.tests_prompt(
            self.start, self.assignment, self.names, seed=draw.seed, temperature=draw.temperature
        )
        return (await self.run.ask(prompt)).text

    async def repaired(self, program: ProgramText, trouble: Sequence[str], draw: Draw) -> ProgramText:
        """A try at mending the program."""
        return await self._program(
            prompts.repair_prompt(
                self.start, self.assignment, program, trouble, seed=draw.seed, temperature=draw.temperature
            )
        )

    async def _program(self, prompt: Prompt) -> ProgramText:
        return program_of((await self.run.ask(prompt)).text, self.assignment.language)


def gather_cases(assignment: Assignment, names: tuple[str, ...], replies: Sequence[str]) -> list[Case]:
    """All cases, what the person says first, each once."""
    used = names or ("run",)
    all_cases = [
        *cases_of(assignment.tests, Origin.GIVEN),
        *stated_cases(assignment.goal, names),
        *(case for reply in replies for block in blocks(reply) for case in cases_of(block, Origin.WRITTEN, used)),
    ]
    first: dict[str, Case] = {}
    for case in all_cases:
        first.setdefault(case.source.replace('"', "'"), case)
    return list(first.values())[:MOST_CASES]
