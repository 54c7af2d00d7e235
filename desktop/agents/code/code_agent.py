"""The agent that writes programs: several tries, tests for them, and a sandbox in which they judge each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final

import msgspec

from desktop.agents.code import prompts
from desktop.agents.code.assignment import Assignment, Language, understand
from desktop.agents.code.cases import Case, left_out_of
from desktop.agents.code.choosing import Choice, choose
from desktop.agents.code.planning import planned_steps
from desktop.agents.code.program import MODULE, ProgramText
from desktop.agents.code.proving import LOG_NAME, last_run, verify
from desktop.agents.code.report import summary_markdown
from desktop.agents.code.test_file import NAME, test_file
from desktop.agents.code.trying import Trial, Tried, try_out
from desktop.agents.code.writing import PROGRAMS, REPAIRS, TESTS, Draw, Writer, draws, gather_cases
from desktop.engine import CannotComplete, PlannedStep, Program, Result, Run, SandboxStanding, Source, TaskRequest

ROUNDS: Final = 2
"""Repairs in a row, at most."""
SANDBOXES: Final = 2
"""Programs that run at the same time: the model's other answers want a processor too."""

_MOST_TROUBLE: Final = 3  # failing cases told at a time
_CHARACTERS_PER_TOKEN: Final = 3.0


class CodeAgent:
    """Writes a program with its tests. Implements `Agent`."""

    kind: ClassVar[str] = "code"
    title: ClassVar[str] = "Code"

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where goal or options do not make a task."""
        understand(request)

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """The plan, from the length of the description and the files."""
        return planned_steps(understand(request), sum(source.size for source in sources))

    async def carry_out(self, run: Run) -> Result:
        """Write, try out, choose, repair, and say what passes. Raises `CannotComplete`."""
        assignment = understand(run.request)
        files = await run.step("read", partial(_read_files, run))
        await run.plan(planned_steps(assignment, sum(len(text) for _, text in files)))
        writer = await _writer(run, assignment, files)
        work = _Work(run=run, assignment=assignment, writer=writer)
        replies = await run.map("tests", draws(TESTS), writer.tests)
        programs = _different(await run.map("write", draws(PROGRAMS), writer.program))
        if not any(program.files for program in programs):
            raise CannotComplete(
                "The model wrote no program; nothing was run.",
                hint="Describe it in other words, or choose a larger model.",
            )
        tests = "\n".join([assignment.tests, *(text for name, text in files if _is_test(name))])
        assignment = replace(assignment, tests=tests)
        cases = gather_cases(assignment, writer.names, replies)
        standing = await run.sandbox_standing()
        if why_not := _obstacle(standing, assignment.language):
            return await _result(run, assignment, Tried(program=programs[0]), cases, None, why_not)
        tried = await work.try_all("try", programs, cases)
        tried, choice = await work.repair(tried, cases)
        return await _result(run, assignment, tried[choice.best], cases, choice, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The parts of a run that go round."""

    run: Run
    assignment: Assignment
    writer: Writer

    async def try_all(self, step: str, programs: Sequence[ProgramText], cases: Sequence[Case]) -> list[Tried]:
        """Run each program on the cases."""

        async def one(trial: Trial) -> Tried:
            return await try_out(self.run, trial, self.assignment.language)

        trials = [Trial(program=program, cases=tuple(cases)) for program in programs]
        return await self.run.map(step, trials, one, width=SANDBOXES)

    async def repair(self, tried: list[Tried], cases: Sequence[Case]) -> tuple[list[Tried], Choice]:
        """Have the best one mended as long as a case that counts fails, and choose again."""
        independent = len(tried)
        choice = choose(tried, cases)
        for number in range(1, ROUNDS + 1):
            best = tried[choice.best]
            trouble = _trouble(best, cases, choice)
            if not trouble:
                break

            async def mended(draw: Draw, best: Tried = best, trouble: list[str] = trouble) -> ProgramText:
                return await self.writer.repaired(best.program, trouble, draw)

            fresh = _different(await self.run.map(f"repair {number}", draws(REPAIRS), mended))
            tried = [*tried, *await self.try_all(f"try {number}", fresh, cases)]
            choice = choose(tried, cases, independent)
        return tried, choice


def _obstacle(standing: SandboxStanding, language: Language) -> str:
    """Why nothing can be run, empty where it can."""
    if standing.available and language is Language.SHELL and Program.SHELL not in standing.programs:
        return f"The sandbox here ({standing.tier}) has no shell."
    return standing.reason


def _trouble(best: Tried, cases: Sequence[Case], choice: Choice) -> list[str]:
    """What went wrong with the best program, in words for the model."""
    if best.broken:
        return [best.broken]
    failing = [place for place in choice.kept if not best.shown[place].passed]
    return [
        f"`{cases[place].source}` fails: {best.shown[place].error}"
        + (f"; it gives {best.shown[place].value}" if best.shown[place].value else "")
        for place in failing[:_MOST_TROUBLE]
    ]


async def _read_files(run: Run) -> list[tuple[str, str]]:
    files = []
    for source in await run.sources():
        document = await run.read(source)
        files.append((document.name, "\n".join(part.text for part in document.parts)))
    return files


async def _writer(run: Run, assignment: Assignment, files: Sequence[tuple[str, str]]) -> Writer:
    """Ready to write, as soon as it is known what the program defines. Raises `CannotComplete`."""
    model = await run.load_model()
    room = model.context_tokens - 2 * prompts.PROGRAM_TOKENS - 400
    characters = int(room * _CHARACTERS_PER_TOKEN) - len(assignment.goal)
    if characters < 0:
        raise CannotComplete(
            f"The description is too long for {model.name}, which holds {model.context_tokens:,} tokens with the "
            "program; nothing was written.",
            hint="Shorten the description, or choose a model with a larger context.",
        )
    start = prompts.opening(assignment, files, characters)
    names = assignment.entry_points
    if not names and assignment.language is not Language.SHELL:
        names = (await run.step("name", partial(_named, run), start),)
    return Writer(run=run, assignment=assignment, start=start, names=names)


async def _named(run: Run, start: str) -> str:
    answer = await run.ask(prompts.name_prompt(start))
    try:
        return str(msgspec.json.decode(answer.text)["name"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "main"


def _different(programs: Sequence[ProgramText]) -> list[ProgramText]:
    """Each program as often as it came: the same one from several tries is agreement too."""
    return [program for program in programs if program.files] or list(programs[:1])


def _is_test(name: str) -> bool:
    return name.rpartition("/")[2].startswith("test_") and name.endswith(".py")


async def _result(
    run: Run, assignment: Assignment, chosen: Tried, cases: Sequence[Case], choice: Choice | None, why_not: str
) -> Result:
    """The files of the result, after a last run of what was chosen."""
    kept = [cases[place] for place in choice.kept] if choice else list(cases)
    last = None
    if choice is not None:
        last = await run.step("prove", partial(last_run, run), chosen, kept, assignment.language)
    nothing = Choice(best=0, kept=tuple(range(len(cases))), doubted=(), alike=0)
    left_out = left_out_of(assignment.tests)
    verification = verify(chosen, cases, choice or nothing, last, why_not, left_out=left_out)
    artifacts = [
        await run.write_artifact(name, _media_type(name), text.encode("utf-8", "replace"))
        for name, text in chosen.program.files.items()
    ]
    artifacts.append(
        await run.write_artifact(NAME, "text/x-python", test_file(kept, assignment.language).encode("utf-8", "replace"))
    )
    if last is not None:
        artifacts.append(await run.write_artifact(LOG_NAME, "text/plain", last.log.encode("utf-8", "replace")))
    summary = summary_markdown(chosen.program, verification, assignment.language)
    return Result(summary=summary, verification=verification, artifacts=tuple(artifacts))


def _media_type(name: str) -> str:
    return "application/x-sh" if name == f"{MODULE}.sh" else "text/x-python" if name.endswith(".py") else "text/plain"
