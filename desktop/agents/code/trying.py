"""Tries a program out: runs it in the sandbox on test cases, and reads what came of each."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from desktop.agents.code.assignment import Language
from desktop.agents.code.cases import Case
from desktop.agents.code.program import ProgramText
from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, Program, Run, SandboxLimits

CASE_SECONDS: Final = 2.0
_HARNESS: Final = Path(__file__).with_name("harness_program.py")
_HARNESS_NAME: Final = "harness_program.py"
_MOST_SECONDS: Final = 30.0
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
    value: str = ""  # of what the case looks at, or "raises" and the kind of error
    error: str = ""  # why it did not pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A program with what each case showed of it, in their order."""

    program: ProgramText
    shown: tuple[Shown, ...] = ()
    broken: str = ""  # why it could not be tried at all


class _Line(msgspec.Struct):
    index: int = 0
    value: str = ""
    passed: bool = False
    error: str = ""
    broken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A program and the cases that it is to be tried on."""

    program: ProgramText
    cases: tuple[Case, ...]


async def try_out(run: Run, trial: Trial, language: Language) -> Tried:
    """Run a program on its cases."""
    program, cases = trial.program, trial.cases
    if not program.files:
        return Tried(program=program, broken="The answer held no program.")
    mark = secrets.token_hex(8)
    order = {
        "mark": mark,
        "shell": language is Language.SHELL,
        "seconds": CASE_SECONDS,
        "cases": [{"source": case.source, "call": case.call} for case in cases],
    }
    try:
        outcome = await run.execute(_execution(program, order))
    except ExecutionRefused as refused:  # names that can't be written, for example
        return Tried(program=program, broken=refused.message)
    return _understood(program, len(cases), outcome, mark)


def _execution(program: ProgramText, order: dict[str, Any]) -> Execution:
    return Execution(
        program=Program.PYTHON,
        arguments=(_HARNESS_NAME,),
        files={
            **{name: text.encode("utf-8", "replace") for name, text in program.files.items()},
            _HARNESS_NAME: _HARNESS.read_bytes(),
            "cases.json": msgspec.json.encode(order),
        },
        limits=SandboxLimits(wall_seconds=_MOST_SECONDS, cpu_seconds=_MOST_SECONDS),
    )


def _understood(program: ProgramText, count: int, outcome: Outcome, mark: str) -> Tried:
    lines: list[_Line] = []
    for said in outcome.stdout.decode("utf-8", "replace").splitlines():
        if said.startswith(mark):
            try:
                lines.append(msgspec.json.decode(said[len(mark) :], type=_Line))
            except msgspec.DecodeError:
                continue
    why = _ENDINGS.get(outcome.ending, "ended early")
    if lines and lines[0].broken:
        return Tried(program=program, broken=lines[0].broken)
    if not lines and count:
        last = outcome.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Tried(program=program, broken=" ".join([f"It {why}.", *last])[:400])
    missing = Shown(passed=False, error=f"not reached: the program {why}")
    shown = {line.index: Shown(passed=line.passed, value=line.value, error=line.error) for line in lines}
    return Tried(program=program, shown=tuple(shown.get(index, missing) for index in range(count)))
