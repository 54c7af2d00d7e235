"""The person's own tests, run with pytest as they are."""

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from desktop.agents.code.program import ProgramText
from desktop.agents.code.project import Project
from desktop.agents.evidence.statements import one_line
from desktop.engine import Execution, Outcome, Program, Run, SandboxLimits

REPORT: Final = "report.xml"
SECONDS: Final = 20.0

_COUNTS: Final = re.compile(rb'<testsuite [^>]*errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"')
_TOLD: Final = re.compile(r"^(?:FAILED|ERROR) (.+)$", re.MULTILINE)
_REASON: Final = re.compile(r"^E\s+(.+)$", re.MULTILINE)
_MOST_TOLD: Final = 3
_MOST_CHARACTERS: Final = 200  # of what is told of one


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTests:
    """How they went; no total where there are none."""

    passed: int = 0
    total: int = 0  # of those that ran
    skipped: int = 0  # or expected to fail
    trouble: tuple[str, ...] = ()  # what fails


async def run_person_tests(run: Run, project: Project, program: ProgramText) -> PersonTests:
    """Run them, if there are any."""
    if not project.test_files:
        return PersonTests()
    files = {name: text.encode("utf-8", "replace") for name, text in project.tests.items()}
    outcome = await run.execute(pytest_execution({**project.around(program.files), **files}, project.test_files))
    passed, total, skipped = counts(outcome)
    if not total + skipped:
        last = (outcome.stdout + outcome.stderr).decode("utf-8", "replace").strip()[-_MOST_CHARACTERS:]
        return PersonTests(total=1, trouble=(f"The given tests do not run: {one_line(last)}",))
    said = outcome.stdout.decode("utf-8", "replace")
    trouble = _reasons(said) if passed < total else ()
    return PersonTests(passed=passed, total=total, skipped=skipped, trouble=trouble)


def _reasons(said: str) -> tuple[str, ...]:
    """What pytest says of the first ones that fail, a short line each."""
    found = chain(_TOLD.finditer(said), _REASON.finditer(said))
    return tuple(one_line(match[1][:_MOST_CHARACTERS]) for match in islice(found, _MOST_TOLD))


def pytest_execution(files: dict[str, bytes], tests: tuple[str, ...]) -> Execution:
    """pytest on these tests, with a report."""
    return Execution(
        program=Program.PYTEST,
        arguments=("-q", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={REPORT}", *tests),
        files=files,
        limits=SandboxLimits(wall_seconds=SECONDS, cpu_seconds=SECONDS),
    )


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """How many tests passed, how many ran, and how many more were skipped; all 0 where that can't be told."""
    found = _COUNTS.search(outcome.files.get(REPORT, b""))
    if found is None:
        return 0, 0, 0
    errors, failures, skipped, tests = (int(count) for count in found.groups())
    return max(tests - errors - failures - skipped, 0), tests - skipped, skipped
