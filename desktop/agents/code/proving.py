"""The last run of a program with its tests, and what it proves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.choosing import Choice
from desktop.agents.code.doubts import Doubts
from desktop.agents.code.person_tests import REPORT, counts, pytest_execution
from desktop.agents.code.test_file import test_file, test_name
from desktop.agents.code.trying import Bench, Shown, Tried
from desktop.engine import Check, Execution, Outcome, Verdict, Verification

LOG_NAME: Final = "run.log"
_THEIRS: Final = "tests that you gave"
_NAMES: Final = {
    Origin.GIVEN: _THEIRS,
    Origin.STATED: "examples in your description",
    Origin.WRITTEN: "tests written for it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How the whole went, once more from nothing."""

    log: str
    succeeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Runs a program's tests as the person would, with pytest."""

    bench: Bench

    async def last_run(self, chosen: Tried, cases: Sequence[Case]) -> LastRun:
        """All of them together, the person's too."""
        project, program = self.bench.project, chosen.program.files
        own = test_name(project)
        files = {
            **project.around(program),
            **{name: text.encode("utf-8", "replace") for name, text in project.tests.items()},
        }
        files[own] = test_file(cases, self.bench.language, project, program).encode("utf-8", "replace")
        theirs = project.test_files
        execution = pytest_execution(files, (*([own] if cases or not theirs else []), *theirs))
        outcome = await self.bench.run.execute(execution)
        passed, total, _ = counts(outcome)
        all_ran = passed == total == len(cases) + chosen.theirs.total
        return LastRun(log=_log(execution, outcome), succeeded=outcome.succeeded and all_ran)


def _log(execution: Execution, outcome: Outcome) -> str:
    end = f"exit code {outcome.exit_code}" if outcome.exit_code is not None else f"signal {outcome.signal}"
    said = (outcome.stdout + outcome.stderr).decode("utf-8", "replace")
    words = [word for word in execution.arguments if REPORT not in word]
    ending = str(outcome.ending).replace("_", " ")
    return f"$ {' '.join([execution.program, *words])}\n{said}\n[{ending}, {end}, {outcome.seconds:.2f} seconds]\n"


def verify(
    chosen: Tried,
    cases: Sequence[Case],
    choice: Choice,
    last: LastRun | None,
    *,
    goal: str,
    before: Tried | None = None,
    why_not: str = "",
) -> Verification:
    """What is known of the program, which was `before` where it was to be changed.

    `last` is None where nothing could be run, for the reason `why_not`.
    """
    if last is None:
        return Verification(verdict=Verdict.NOT_VERIFIED, note=f"not verified: the program was never run. {why_not}")
    counted = [(cases[place], chosen.shown[place]) for place in choice.kept] if chosen.shown else []
    checks = _checks(chosen, counted)
    passed, total = sum(check.passed for check in checks), sum(check.total for check in checks)
    if chosen.broken or not total:
        note = f"The program does not run: {chosen.broken}" if chosen.broken else "There was no test that could be run."
        return Verification(verdict=Verdict.FAILED if chosen.broken else Verdict.NOT_VERIFIED, checks=checks, note=note)
    if passed < total:
        note = f"{passed} of {total} tests pass: {_failing(chosen, counted)}"
        return Verification(verdict=Verdict.FAILED, checks=checks, note=note)
    if not last.succeeded:
        note = "The tests pass one by one, but their last run together did not end well; the log says how."
        return Verification(verdict=Verdict.FAILED, checks=checks, note=note)
    if doubt := Doubts(chosen=chosen, cases=list(cases), choice=choice, goal=goal, before=before).first():
        return Verification(
            verdict=Verdict.PARTLY, checks=checks, note=f"{total} of {total} tests pass, but {doubt}. Look at it."
        )
    return Verification(verdict=Verdict.VERIFIED, checks=checks, note=f"verified: {total} of {total} tests pass")


def _checks(chosen: Tried, counted: Sequence[tuple[Case, Shown]]) -> tuple[Check, ...]:
    found = []
    for origin, name in _NAMES.items():
        shown = [shown for case, shown in counted if case.origin is origin]
        passed, total, skipped = sum(each.passed for each in shown), len(shown), ""
        if name == _THEIRS:
            passed, total = passed + chosen.theirs.passed, total + chosen.theirs.total
            skipped = f" ({chosen.theirs.skipped} more skipped)" if chosen.theirs.skipped else ""
        if total:
            found.append(Check(name=f"{name}{skipped}", passed=passed, total=total))
    return tuple(found)


def _failing(chosen: Tried, counted: Sequence[tuple[Case, Shown]]) -> str:
    told = [
        f"{' '.join(case.source.split())[:160]} fails ({shown.error})" for case, shown in counted if not shown.passed
    ]
    return next(iter([*chosen.theirs.trouble, *told]), "the log says which do not.")
