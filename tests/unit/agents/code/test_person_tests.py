"""The person's own tests: how many passed, and what is told of those that did not."""

from desktop.agents.code.choosing import Choice
from desktop.agents.code.person_tests import REPORT, PersonTests, run_person_tests
from desktop.agents.code.program import ProgramText
from desktop.agents.code.project import Project
from desktop.agents.code.proving import LastRun, verify
from desktop.agents.code.trying import Tried
from desktop.engine import Check, Ending, Execution, Outcome, TaskRequest, Verdict, Verification
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import ScriptedModel
from tests.fakes.scripted_sandbox import ScriptedSandbox

PROGRAM = ProgramText(files={"double.py": "def double(number): ..."})


async def theirs(*, failures: int = 0, skipped: int = 0, tests: int = 3, said: str = "") -> PersonTests:
    report = f'<testsuite name="pytest" errors="0" failures="{failures}" skipped="{skipped}" tests="{tests}">'

    def pytest_says(_: Execution) -> Outcome:
        return Outcome(ending=Ending.ENDED, exit_code=0, stdout=said.encode(), files={REPORT: report.encode()})

    run = MemoryRun(
        TaskRequest(kind="code", goal="x"), ScriptedModel(), MemoryReader(), sandbox=ScriptedSandbox(pytest_says)
    )
    return await run_person_tests(run, Project(tests={"test_double.py": "def test_it(): ..."}), PROGRAM)


def verified(tests: PersonTests) -> Verification:
    return verify(
        Tried(program=PROGRAM, theirs=tests),
        [],
        Choice(best=0, kept=(), doubted=()),
        LastRun(log="", succeeded=True),
        goal="",
    )


async def test_skipped_tests_neither_pass_nor_fail_and_are_told() -> None:
    found = await theirs(skipped=1, tests=6)

    assert (found.passed, found.total, found.skipped, found.trouble) == (5, 5, 1, ())
    assert verified(found).verdict is Verdict.VERIFIED
    assert verified(found).checks == (Check(name="tests that you gave (1 more skipped)", passed=5, total=5),)


async def test_a_suite_that_skips_all_of_its_tests_proves_nothing() -> None:
    found = await theirs(skipped=3)

    assert not found.trouble
    assert verified(found).verdict is Verdict.NOT_VERIFIED


async def test_failing_tests_that_say_nothing_end_no_task() -> None:
    verification = verified(await theirs(failures=1))

    assert verification.verdict is Verdict.FAILED
    assert verification.note.startswith("2 of 3 tests pass: ")


async def test_what_fails_is_told_in_short_lines() -> None:
    found = await theirs(failures=2, said=f"E   {'x y ' * 10_000}\nFAILED test_it - {'no ' * 10_000}\n")

    assert len(found.trouble) == 2
    assert found.trouble[0].startswith("test_it - no no")
    assert all(len(each) <= 200 for each in found.trouble)


async def test_what_keeps_tests_from_running_is_told_in_a_short_line() -> None:
    found = await theirs(tests=0, said="\n\nno  tests ran\n" * 1_000)

    assert len(found.trouble[0]) < 250
    assert "\n" not in found.trouble[0]
