"""Goes on until there is a program that holds: tries what was written, has more written, and mends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from desktop.agents.code.cases import Case
from desktop.agents.code.choosing import Choice, choose
from desktop.agents.code.draws import MORE_PROGRAMS, PROGRAMS, REPAIRS, Draw, draws
from desktop.agents.code.planning import written_and_tried
from desktop.agents.code.program import ProgramText
from desktop.agents.code.trying import Bench, Trial, Tried
from desktop.agents.code.writing import Writer
from desktop.engine import PlannedStep, PromptTooLong

ROUNDS: Final = 2
"""Repairs in a row, at most."""
SANDBOXES: Final = 2
"""Programs that run at the same time: the model's other answers want a processor too."""

_MOST_TROUBLE: Final = 3  # failing cases told at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A program that is to be mended."""

    program: ProgramText
    trouble: tuple[str, ...]
    draw: Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Improver:
    """Has programs written and tried on the same cases."""

    bench: Bench
    writer: Writer
    cases: list[Case]
    plan: list[PlannedStep]  # of the run; what turns out to be necessary is added

    async def best_of(self, programs: Sequence[ProgramText]) -> tuple[Tried, Choice]:
        """The best program that can be had with these as a beginning."""
        tried = await self._try_all("try", programs)
        choice = choose(tried, self.cases)
        if not self._is_settled(tried, choice):
            await self._intend(MORE_PROGRAMS, ("write more", "Write it some more times"), ("try more", "Try those out"))
            more = draws(MORE_PROGRAMS, after=PROGRAMS)
            fresh = _written(await self.bench.run.map("write more", more, self.writer.program))
            tried = [*tried, *await self._try_all("try more", fresh)]
        return await self._repaired(tried)

    def _is_settled(self, tried: Sequence[Tried], choice: Choice) -> bool:
        """Whether the best one passes what counts, and most others do the same."""
        return not self._trouble(tried[choice.best], choice) and (choice.alike + 1) * 2 > len(tried)

    async def _try_all(self, step: str, programs: Sequence[ProgramText]) -> list[Tried]:
        """Run each program on the cases."""
        trials = [Trial(program=program, cases=tuple(self.cases)) for program in programs]
        return await self.bench.run.map(step, trials, self.bench.try_out, width=SANDBOXES)

    async def _repaired(self, tried: list[Tried]) -> tuple[Tried, Choice]:
        """Have the best ones mended as long as a case that counts fails, and choose again."""
        independent = len(tried)
        choice = choose(tried, self.cases)
        for number in range(1, ROUNDS + 1):
            if not self._trouble(tried[choice.best], choice):
                break
            await self._intend(
                REPAIRS,
                (f"repair {number}", "Mend what fails"),
                (f"try {number}", "Try out what was mended"),
            )
            repairs = self._repairs(tried, choice)
            fresh = _written(await self.bench.run.map(f"repair {number}", repairs, self._mended))
            tried = [*tried, *await self._try_all(f"try {number}", fresh)]
            choice = choose(tried, self.cases, independent)
        return tried[choice.best], choice

    async def _intend(self, count: int, write: tuple[str, str], try_out: tuple[str, str]) -> None:
        """Plan further tries, before the last step."""
        self.plan[-1:-1] = written_and_tried(self.writer.assignment, count, write, try_out)
        await self.bench.run.plan(self.plan)

    def _repairs(self, tried: Sequence[Tried], choice: Choice) -> list[Repair]:
        """What is to be mended: the best of the programs that differ, each with what went wrong."""
        different: dict[str, Tried] = {}
        for place in choice.ranking:
            different.setdefault("".join(tried[place].program.files.values()), tried[place])
        begun = list(different.values())[:REPAIRS]
        return [
            Repair(program=each.program, trouble=tuple(self._trouble(each, choice)), draw=draw)
            for draw, each in zip(draws(REPAIRS), cycle(begun), strict=False)
        ]

    async def _mended(self, repair: Repair) -> ProgramText:
        try:
            return await self.writer.repaired(repair.program, repair.trouble, repair.draw)
        except PromptTooLong:  # a program that grew has to stay as it is
            return ProgramText(files={})

    def _trouble(self, tried: Tried, choice: Choice) -> list[str]:
        """What went wrong with a program, in words for the model."""
        if tried.broken:
            return [tried.broken]
        failing = [place for place in choice.kept if not tried.shown[place].passed]
        told = [f"`{self.cases[place].source}` fails: {tried.shown[place].error}" for place in failing]
        return [*tried.theirs.trouble, *told][:_MOST_TROUBLE]


def _written(programs: Sequence[ProgramText]) -> list[ProgramText]:
    return [program for program in programs if program.files]
