"""What writing a program will take, before it is begun."""

from typing import Final

from desktop.agents.code.assignment import Assignment, Language
from desktop.agents.code.draws import PROGRAMS, TESTS
from desktop.engine import PlannedStep, Work

_PROGRAM_TOKENS: Final = 340  # of a usual program
_TEST_TOKENS: Final = 350
_ASK_TOKENS: Final = 150
_SECONDS_A_TRY: Final = 1.5


def planned_steps(assignment: Assignment, characters: int) -> tuple[PlannedStep, ...]:
    """The steps: files read, tests and programs written, tried out, and the best one run once more."""
    description = (len(assignment.goal) + len(assignment.tests) + min(characters, 20_000)) / 4
    once = Work(prompt_tokens=description)
    package = 2 if assignment.language is Language.PACKAGE else 1
    return (
        PlannedStep(name="read", title="Read the files", work=Work(seconds=0.2)),
        PlannedStep(
            name="tests",
            title="Write tests",
            work=once + Work(prompt_tokens=TESTS * _ASK_TOKENS, output_tokens=TESTS * _TEST_TOKENS),
            total=TESTS,
            unit="tries",
        ),
        PlannedStep(
            name="write",
            title="Write the program",
            work=Work(
                prompt_tokens=PROGRAMS * _ASK_TOKENS + (PROGRAMS - 1) * description / 4,
                output_tokens=PROGRAMS * _PROGRAM_TOKENS * package,
            ),
            total=PROGRAMS,
            unit="tries",
        ),
        PlannedStep(
            name="try",
            title="Try them out",
            work=Work(seconds=PROGRAMS * _SECONDS_A_TRY),
            total=PROGRAMS,
            unit="programs",
        ),
        PlannedStep(name="prove", title="Run the best one with its tests", work=Work(seconds=2.0)),
    )
