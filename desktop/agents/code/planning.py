"""What writing a program will take, before it is begun."""

from collections.abc import Sequence
from typing import Final

from desktop.agents.code.assignment import Assignment, Language
from desktop.agents.code.draws import PROGRAMS, TESTS
from desktop.agents.code.given_files import FIND_STEP, READ_STEP
from desktop.engine import PlannedStep, Work

BEFORE_STEP: Final = "before"
NAME_STEP: Final = "name"
AGAIN_STEP: Final = "write again"

_PROGRAM_TOKENS: Final = 220  # of a usual program
_TEST_TOKENS: Final = 280
_ASK_TOKENS: Final = 150
_SECONDS_A_TRY: Final = 1.5


def planned_steps(
    assignment: Assignment,
    characters: int,
    *,
    has_files: bool,
    is_named: bool = False,
    is_change: bool = False,
    can_run: bool = True,
) -> tuple[PlannedStep, ...]:
    """The steps: files read, tests and programs written, tried out where that can be, and the best one run again."""
    description = (len(assignment.goal) + len(assignment.tests) + min(characters, 20_000)) / 4
    tests = Work(
        prompt_tokens=description + TESTS * _ASK_TOKENS,
        output_tokens=TESTS * _TEST_TOKENS,
    )
    reading = (
        PlannedStep(name=FIND_STEP, title="Find the files", work=Work(seconds=0.1)),
        PlannedStep(name=READ_STEP, title="Read the files", work=Work(seconds=0.2), unit="files"),
    )
    write, try_out = written_and_tried(assignment, PROGRAMS, ("write", "Write the program"), ("try", "Try them out"))
    before = PlannedStep(name=BEFORE_STEP, title="Try out the program as it is", work=Work(seconds=_SECONDS_A_TRY))
    naming = PlannedStep(name=NAME_STEP, title="Find a name for it", work=Work(prompt_tokens=description))
    is_nameless = not (is_named or assignment.entry_points or assignment.language is Language.SHELL)
    prove = PlannedStep(name="prove", title="Run the best one with its tests", work=Work(seconds=2.0))
    running = (*([before] if is_change else []), try_out, prove)
    return (
        *(reading if has_files else ()),
        *([naming] if is_nameless else []),
        PlannedStep(name="tests", title="Write tests", work=tests, total=TESTS, unit="tries"),
        write,
        *(running if can_run else ()),
    )


def without_running(plan: Sequence[PlannedStep]) -> list[PlannedStep]:
    """What is left of a plan where the program can't be run after all."""
    return [step for step in plan if step.name not in (BEFORE_STEP, "try", "prove")]


def written_again(assignment: Assignment, plan: Sequence[PlannedStep]) -> list[PlannedStep]:
    """The plan with the programs written once more, before they are tried out."""
    again, _ = written_and_tried(assignment, PROGRAMS, (AGAIN_STEP, "Write it without the packages"), ("", ""))
    place = next(number for number, step in enumerate(plan) if step.name == "write") + 1
    return [*plan[:place], again, *plan[place:]]


def written_and_tried(
    assignment: Assignment, count: int, write: tuple[str, str], try_out: tuple[str, str]
) -> tuple[PlannedStep, PlannedStep]:
    """So many programs written and tried out; names and titles of the two steps."""
    package = 2 if assignment.language is Language.PACKAGE else 1
    work = Work(prompt_tokens=count * _ASK_TOKENS, output_tokens=count * _PROGRAM_TOKENS * package)
    seconds = Work(seconds=count * _SECONDS_A_TRY)
    return (
        PlannedStep(name=write[0], title=write[1], work=work, total=count, unit="tries"),
        PlannedStep(name=try_out[0], title=try_out[1], work=seconds, total=count, unit="programs"),
    )
