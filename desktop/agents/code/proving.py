"""The last run of a program with its tests, and what it proves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.code.assignment import Language
from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.choosing import Choice
from desktop.agents.code.test_file import NAME, test_file
from desktop.agents.code.trying import Shown, Tried
from desktop.engine import Check, Execution, Outcome, Program, Run, SandboxLimits, Verdict, Verification

LOG_NAME: Final = "run.log"
LAST_SECONDS: Final = 20.0
FEWEST_TESTS: Final = 5
"""Fewer say little."""
FEWEST_ALIKE: Final = 2
"""Other tries that came to the same behaviour by themselves."""

_REPORT: Final = "report.xml"
_COUNTS: Final = re.compile(rb'<testsuite [^>]*errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"')
_MEDDLES: Final = re.compile(r"\b(?:_exit|_getframe|settrace|setprofile|pytest|junit|cases\.json)\b")
"""What no program needs that is asked to do something else than to pass its tests."""
_NAMES: Final = {
    Origin.GIVEN: "tests that you gave",
    Origin.STATED: "examples in your description",
    Origin.WRITTEN: "tests written for it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How the whole went, once more from nothing."""

    log: str
    succeeded: bool


async def last_run(run: Run, chosen: Tried, cases: Sequence[Case], language: Language) -> LastRun:
    """Run the program's tests as the person would, with pytest."""
    files = {name: text.encode("utf-8", "replace") for name, text in chosen.program.files.items()}
    files[NAME] = test_file(cases, language).encode("utf-8", "replace")
    execution = Execution(
        program=Program.PYTEST,
        arguments=("-q", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={_REPORT}", NAME),
        files=files,
        limits=SandboxLimits(wall_seconds=LAST_SECONDS, cpu_seconds=LAST_SECONDS),
    )
    outcome = await run.execute(execution)
    counted = _COUNTS.search(outcome.files.get(_REPORT, b""))
    all_ran = counted is not None and [int(count) for count in counted.groups()] == [0, 0, 0, len(cases)]
    return LastRun(log=_log(execution, outcome), succeeded=outcome.succeeded and all_ran)


def _log(execution: Execution, outcome: Outcome) -> str:
    end = f"exit code {outcome.exit_code}" if outcome.exit_code is not None else f"signal {outcome.signal}"
    said = (outcome.stdout + outcome.stderr).decode("utf-8", "replace")
    command = " ".join([execution.program, *execution.arguments])
    ending = str(outcome.ending).replace("_", " ")
    return f"$ {command}\n{said}\n[{ending}, {end}, {outcome.seconds:.2f} seconds]\n"


def verify(
    chosen: Tried, cases: Sequence[Case], choice: Choice, last: LastRun | None, why_not: str, *, left_out: int = 0
) -> Verification:
    """What is known of the program. `last` is None where nothing could be run, for the reason `why_not`.

    `left_out` of the person's own tests could not be run as they are.
    """
    if last is None:
        return Verification(verdict=Verdict.NOT_VERIFIED, note=f"not verified: the program was never run. {why_not}")
    counted = [(cases[place], chosen.shown[place]) for place in choice.kept] if chosen.shown else []
    checks = tuple(
        Check(name=name, passed=sum(shown.passed for _, shown in of), total=len(of))
        for origin, name in _NAMES.items()
        if (of := [pair for pair in counted if pair[0].origin is origin])
    )
    passed, total = sum(check.passed for check in checks), sum(check.total for check in checks)
    if chosen.broken or not total:
        note = f"The program does not run: {chosen.broken}" if chosen.broken else "There was no test that could be run."
        return Verification(verdict=Verdict.FAILED if chosen.broken else Verdict.NOT_VERIFIED, checks=checks, note=note)
    if passed < total:
        note = f"{passed} of {total} tests pass: {_failing(counted)}"
        return Verification(verdict=Verdict.FAILED, checks=checks, note=note)
    if not last.succeeded:
        note = "The tests pass one by one, but their last run together did not end well; the log says how."
        return Verification(verdict=Verdict.FAILED, checks=checks, note=note)
    doubt = _doubt(counted, choice, chosen, left_out)
    if doubt:
        return Verification(
            verdict=Verdict.PARTLY, checks=checks, note=f"{total} of {total} tests pass, but {doubt}. Look at it."
        )
    return Verification(verdict=Verdict.VERIFIED, checks=checks, note=f"verified: {total} of {total} tests pass")


def _failing(counted: Sequence[tuple[Case, Shown]]) -> str:
    case, shown = next((case, shown) for case, shown in counted if not shown.passed)
    return f"{' '.join(case.source.split())[:160]} fails ({shown.error})"


def _doubt(counted: Sequence[tuple[Case, Shown]], choice: Choice, chosen: Tried, left_out: int) -> str:
    """Why passing all of it is no proof, empty where it is as good as one."""
    if left_out:
        return f"{left_out} of the tests that you gave could not be run as they are (fixtures, helpers, classes)"
    if any(_MEDDLES.search(text) for text in chosen.program.files.values()):
        return "the program meddles with how it is tested"
    origins = [case.origin for case, _ in counted]
    if origins.count(Origin.GIVEN) >= FEWEST_TESTS:
        return ""
    if len(counted) < FEWEST_TESTS:
        return "they are few"
    if choice.alike < FEWEST_ALIKE:
        return "the model wrote them itself, and its other tries at the program behave differently"
    if len(choice.doubted) * 2 > len(counted):
        return f"{len(choice.doubted)} others were left out since the tries at the program contradict them"
    return ""
