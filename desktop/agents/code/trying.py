"""Tries a program out: runs it in the sandbox on test cases, and judges what came of each out here."""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from desktop.agents.code.assignment import Language
from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.observing import Looks, fits, looks_of
from desktop.agents.code.person_tests import PersonTests, run_person_tests
from desktop.agents.code.program import ProgramText
from desktop.agents.code.project import Project, dotted
from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, Program, Run, SandboxLimits

CASE_SECONDS: Final = 2.0
_HARNESS: Final = Path(__file__).with_name("harness_program.py")
_HARNESS_NAME: Final = "harness_program.py"
_MOST_SECONDS: Final = 30.0
_MOST_VALUE: Final = 400  # characters of a value that is told
_ENDINGS: Final = {
    Ending.OUT_OF_TIME: "took too long",
    Ending.OUT_OF_MEMORY: "took too much memory",
    Ending.OUT_OF_DISK: "wrote too much",
    Ending.TOO_MUCH_OUTPUT: "printed too much",
    Ending.KILLED: "was killed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How one case went with one program."""

    passed: bool
    value: str = ""  # what was seen, or "raises" and the kind of error: what tells this program's behaviour
    error: str = ""  # why it did not pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A program with what each case showed of it, in their order."""

    program: ProgramText
    shown: tuple[Shown, ...] = ()
    broken: str = ""  # why it could not be tried at all
    theirs: PersonTests = field(default_factory=PersonTests)  # how the person's own tests went


class _Line(msgspec.Struct):
    index: int = -1
    seen: list[tuple[int, str]] = []
    raised: list[str] = []
    error: str = ""
    broken: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A program and the cases that it is to be tried on."""

    program: ProgramText
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where programs are tried out, with all that lies around them."""

    run: Run
    language: Language
    project: Project

    async def try_out(self, trial: Trial) -> Tried:
        """Run a program on its cases, and on the person's own tests."""
        program = trial.program
        if not program.files:
            return Tried(program=program, broken="The answer held no program.")
        mark = secrets.token_hex(8)
        looks = [looks_of(case) for case in trial.cases]
        try:
            outcome = await self.run.execute(self._execution(program, looks, mark))
            theirs = await run_person_tests(self.run, self.project, program)
        except ExecutionRefused as refused:  # names that can't be written, for example
            return Tried(program=program, broken=refused.message)
        return _understood(program, trial.cases, looks, outcome, mark, theirs)

    def _execution(self, program: ProgramText, looks: Sequence[Looks], mark: str) -> Execution:
        order: dict[str, Any] = {
            "mark": mark,
            "shell": f"{self.project.name}.sh" if self.language is Language.SHELL else "",
            "modules": dotted(list(program.files)),
            "seconds": CASE_SECONDS,
            "scripts": [each.script for each in looks],
        }
        return Execution(
            program=Program.PYTHON,
            arguments=(_HARNESS_NAME,),
            files={
                **self.project.around(program.files),
                _HARNESS_NAME: _HARNESS.read_bytes(),
                "cases.json": msgspec.json.encode(order),
            },
            limits=SandboxLimits(wall_seconds=_MOST_SECONDS, cpu_seconds=_MOST_SECONDS),
        )


def _understood(
    program: ProgramText,
    cases: Sequence[Case],
    looks: Sequence[Looks],
    outcome: Outcome,
    mark: str,
    theirs: PersonTests,
) -> Tried:
    lines = list(_lines(outcome.stdout.decode("utf-8", "replace"), mark))
    why = _ENDINGS.get(outcome.ending, "ended early")
    if lines and lines[0].broken:
        return Tried(program=program, broken=lines[0].broken[:_MOST_VALUE], theirs=theirs)
    if not lines:
        last = outcome.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Tried(program=program, broken=" ".join([f"It {why}.", *last])[:_MOST_VALUE], theirs=theirs)
    if any(count > 1 for count in Counter(line.index for line in lines).values()):
        return Tried(program=program, broken="It says two things about one test, so it forges them.", theirs=theirs)
    missing = Shown(passed=False, error=f"not reached: the program {why}")
    said = {line.index: line for line in lines}
    shown = [
        _judged(case, look, said[index]) if index in said else missing
        for index, (case, look) in enumerate(zip(cases, looks, strict=True))
    ]
    return Tried(program=program, shown=tuple(shown), theirs=theirs)


def _lines(text: str, mark: str) -> list[_Line]:
    lines = []
    for said in text.splitlines():
        if said.startswith(mark):
            try:
                lines.append(msgspec.json.decode(said[len(mark) :], type=_Line))
            except msgspec.DecodeError:
                continue
    return lines


def _judged(case: Case, looks: Looks, line: _Line) -> Shown:
    """Whether what a program showed is what the case wants."""
    raised = line.raised[0] if line.raised else ""
    value = "; ".join([*(shown for _, shown in line.seen), *([f"raises {raised}"] if raised else [])])
    error = "" if case.origin is Origin.PROBE else _wrong(looks, line)
    return Shown(passed=not error, value=value[:_MOST_VALUE], error=error[:_MOST_VALUE])


def _wrong(looks: Looks, line: _Line) -> str:
    """Why a case does not pass, empty where it does."""
    if looks.raises:
        if not line.raised:
            return f"{' or '.join(looks.raises)} was not raised"
        return "" if set(looks.raises) & set(line.raised) else f"it raises {line.error}"
    if line.raised:
        return line.error or f"it raises {line.raised[0]}"
    for place, shown in line.seen:
        if not 0 <= place < len(looks.wants) or not fits(looks.wants[place], shown):
            return f"it gives {shown}" if len(looks.wants) == 1 else f"at check {place + 1} it gives {shown}"
    if len({place for place, _ in line.seen}) < len(looks.wants):
        return "not all of it was reached"
    return ""
