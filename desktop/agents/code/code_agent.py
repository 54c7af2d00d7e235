"""The agent that writes programs: several tries, tests for them, and a sandbox in which they judge each other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import msgspec

from desktop.agents.code import prompts
from desktop.agents.code.assignment import Assignment, Language, understand
from desktop.agents.code.cases import Case
from desktop.agents.code.draws import PROGRAMS, TESTS, draws
from desktop.agents.code.given_files import read_given
from desktop.agents.code.handing_over import hand_over
from desktop.agents.code.improving import Improver
from desktop.agents.code.packages import WITHOUT, package_question, wanted_packages
from desktop.agents.code.planning import (
    AGAIN_STEP,
    BEFORE_STEP,
    NAME_STEP,
    planned_steps,
    without_running,
    written_again,
)
from desktop.agents.code.probing import probes_for
from desktop.agents.code.program import ProgramText, defined
from desktop.agents.code.project import Project, make_project
from desktop.agents.code.room import fitted_opening
from desktop.agents.code.trying import Bench, Trial, Tried
from desktop.agents.code.writing import Writer, gather_cases, persons_cases
from desktop.engine import CannotComplete, PlannedStep, Program, Result, Run, SandboxStanding, Source, TaskRequest


class CodeAgent:
    """Writes a program with its tests. Implements `Agent`."""

    kind: ClassVar[str] = "code"
    title: ClassVar[str] = "Code"

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where goal or options do not make a task."""
        understand(request)

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """The plan, from the length of the description and the files."""
        size = sum(source.size for source in sources)
        return planned_steps(understand(request), size, has_files=bool(sources))

    async def carry_out(self, run: Run) -> Result:
        """Write, try out, choose, repair, and say what passes. Raises `CannotComplete`."""
        assignment = understand(run.request)
        project = await asyncio.to_thread(make_project, assignment, *await read_given(run))
        standing = await run.sandbox_standing()
        why_not = _obstacle(standing, assignment.language, project)
        plan = planned_steps(
            assignment,
            project.size,
            has_files=bool(run.request.inputs),
            is_named=bool(_names(assignment, project)),
            is_change=bool(project.base),
            can_run=not why_not,
        )
        await run.plan(plan)
        writer = await _writer(run, assignment, project)
        bench = Bench(run=run, language=assignment.language, project=project)
        persons = persons_cases(assignment, writer.names, whole=bool(project.tests))
        replies = await run.map("tests", draws(TESTS), writer.tests)
        written = await _written(writer)
        cases = gather_cases(persons, writer.names, replies)
        if why_not:
            return await hand_over(bench, Tried(program=written.programs[0]), cases, why_not=why_not)
        written = await _with_what_is_there(written, project, standing, plan)
        if written.lacks:
            await run.plan(without_running(plan))
            return await hand_over(bench, Tried(program=written.programs[0]), cases, why_not=written.lacks)
        probed = _with_probes(cases, writer.names, assignment)
        improver = Improver(bench=bench, writer=written.writer, cases=probed, plan=list(written.plan))
        before = await _before(bench, probed) if project.base else None
        tried, choice = await improver.best_of(written.programs)
        return await hand_over(bench, tried, improver.cases, choice=choice, before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The first tries at a program, and who writes further ones."""

    writer: Writer
    programs: list[ProgramText]
    plan: Sequence[PlannedStep] = ()  # of the run, with these
    lacks: str = ""  # why none of them can be run, as the person decided


async def _before(bench: Bench, cases: list[Case]) -> Tried:
    """The program as it was given, on the same cases: what it passes already shows nothing of a change."""
    program = ProgramText(files=dict(bench.project.base))
    return await bench.run.step(BEFORE_STEP, bench.try_out, Trial(program=program, cases=tuple(cases)))


def _with_probes(cases: list[Case], names: Sequence[str], assignment: Assignment) -> list[Case]:
    return cases if assignment.language is Language.SHELL else [*cases, *probes_for(cases, names)]


async def _written(writer: Writer, step: str = "write") -> _Written:
    """Programs, each as often as it came: the same one from several tries is agreement too."""
    programs = await writer.run.map(step, draws(PROGRAMS), writer.program)
    programs = [program for program in programs if program.files]
    if not programs:
        raise CannotComplete(
            "The model wrote no program; nothing was run.",
            hint="Describe it in other words, or choose a larger model.",
        )
    return _Written(writer=writer, programs=programs)


async def _with_what_is_there(
    written: _Written, project: Project, standing: SandboxStanding, plan: Sequence[PlannedStep]
) -> _Written:
    """Programs that can do with the packages in the sandbox; where all want others, the person decides."""
    wanted = [wanted_packages(program, project, standing) for program in written.programs]
    if not all(wanted):
        modest = [program for program, wants in zip(written.programs, wanted, strict=True) if not wants]
        return replace(written, programs=modest, plan=plan)
    packages = sorted({package for each in wanted for package in each})
    if await written.writer.run.ask_person(package_question(packages)) == WITHOUT:
        plan = written_again(written.writer.assignment, plan)
        await written.writer.run.plan(plan)
        return replace(await _written(written.writer.without(packages), AGAIN_STEP), plan=plan)
    needs = f"It needs {' and '.join(wanted[0])}, which the sandbox does not have."
    return replace(written, lacks=needs)


def _obstacle(standing: SandboxStanding, language: Language, project: Project) -> str:
    """Why nothing can be run, empty where it can."""
    if standing.available and language is Language.SHELL and Program.SHELL not in standing.programs:
        return f"The sandbox here ({standing.tier}) has no shell."
    if standing.available and Program.PYTEST not in standing.programs:
        return f"The sandbox here ({standing.tier}) has no pytest."
    return standing.reason


async def _writer(run: Run, assignment: Assignment, project: Project) -> Writer:
    """Ready to write, as soon as it is known what the program defines. Raises `CannotComplete`."""
    opening = await fitted_opening(run, assignment, project)
    names = _names(assignment, project)
    if not names and assignment.language is not Language.SHELL:
        names = (await run.step(NAME_STEP, partial(_named, run), opening),)
    return Writer(run=run, assignment=assignment, project=project, opening=opening, names=names)


def _names(assignment: Assignment, project: Project) -> tuple[str, ...]:
    """What the program defines, as far as the person or the given program says."""
    if assignment.entry_points:
        return assignment.entry_points
    return tuple(sorted({name for text in project.base.values() for name in defined(text)}))


async def _named(run: Run, opening: prompts.Opening) -> str:
    answer = await run.ask(prompts.name_prompt(opening))
    try:
        return str(msgspec.json.decode(answer.text)["name"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "main"
