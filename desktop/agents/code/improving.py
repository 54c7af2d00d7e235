"""Goes on until there is a program that holds: tries what was written, has more written, and mends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.code.cases import Case
from desktop.agents.code.choosing import Choice, choose
from desktop.agents.code.draws import MORE_PROGRAMS, PROGRAMS, REPAIRS, Draw, draws
from desktop.agents.code.program import ProgramText
from desktop.agents.code.trying import Bench, Trial, Tried
from desktop.agents.code.writing import Writer

ROUNDS: Final = 2
"""Repairs in a row, at most."""
SANDBOXES: Final = 2
"""Programs that run at the same time: the model's other answers want a processor too."""

_MOST_TROUBLE: Final = 3  # failing cases told at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Improver:
    """Has programs written and tried on the same cases."""

    bench: Bench
    writer: Writer
    cases: list[Case]

    async def best_of(self, programs: Sequence[ProgramText]) -> tuple[Tried, Choice]:
        """The best program that can be had with these as a beginning."""
        tried = await self._try_all("try", programs)
        choice = choose(tried, self.cases)
        if not self._is_settled(tried, choice):
            more = draws(MORE_PROGRAMS, after=PROGRAMS, thinking=True)
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
        """Have the best one mended as long as a case that counts fails, and choose again."""
        independent = len(tried)
        choice = choose(tried, self.cases)
        for number in range(1, ROUNDS + 1):
            best = tried[choice.best]
            trouble = self._trouble(best, choice)
            if not trouble:
                break

            async def mended(draw: Draw, best: Tried = best, trouble: list[str] = trouble) -> ProgramText:
                return await self.writer.repaired(best.program, trouble, draw)

            fresh = _written(await self.bench.run.map(f"repair {number}", draws(REPAIRS), mended))
            tried = [*tried, *await self._try_all(f"try {number}", fresh)]
            choice = choose(tried, self.cases, independent)
        return tried[choice.best], choice

    def _trouble(self, best: Tried, choice: Choice) -> list[str]:
        """What went wrong with the best program, in words for the model."""
        if best.broken:
            return [best.broken]
        failing = [place for place in choice.kept if not best.shown[place].passed]
        told = [f"`{self.cases[place].source}` fails: {best.shown[place].error}" for place in failing]
        return [*best.theirs.trouble, *told][:_MOST_TROUBLE]


def _written(programs: Sequence[ProgramText]) -> list[ProgramText]:
    return [program for program in programs if program.files]
