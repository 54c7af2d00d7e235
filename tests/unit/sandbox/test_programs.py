"""Honest programs in each tier that has sockets of its own or none: what they may use, and how their ends are told."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine import Ending, Execution, Program, SandboxLimits
from desktop.sandbox.bubblewrap import Bubblewrap
from desktop.sandbox.landlock import Landlock
from desktop.sandbox.tier import SandboxFailed, Tier
from desktop.sandbox.toolbox import Toolbox, make_toolbox
from tests.unit.sandbox.siege import left_running

TESTS = {
    "sums.py": b"def add(a, b):\n    return a + b\n",
    "test_sums.py": b"from sums import add\n\ndef test_add():\n    assert add(20, 22) == 42\n",
}


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    made = make_toolbox()
    yield made
    made.remove()


@pytest.fixture(params=["bubblewrap", "landlock"])
def tier(request: pytest.FixtureRequest, toolbox: Toolbox) -> Tier:
    """Landlock only where this Python is within its reach: else tests/unit/sandbox/siege.py brings it there."""
    landlock = Landlock(toolbox)
    return landlock if request.param == "landlock" and not landlock.obstacle() else Bubblewrap(toolbox)


def python(code: str, **given: object) -> Execution:
    return replace(Execution(program=Program.PYTHON, arguments=("-c", code)), **given)


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again; the test's limit of time ends it."""
    while not condition():
        await asyncio.to_thread(os.sched_yield)


async def test_tests_pass_and_fail_as_they_do_elsewhere(tier: Tier) -> None:
    passing = await tier.run(Execution(program=Program.PYTEST, arguments=("-q",), files=TESTS))
    assert passing.succeeded, passing
    assert b"1 passed" in passing.stdout
    wrong = {**TESTS, "sums.py": b"def add(a, b):\n    return a - b\n"}
    failing = await tier.run(Execution(program=Program.PYTEST, arguments=("-q",), files=wrong))
    assert (failing.ending, failing.exit_code) == (Ending.ENDED, 1)
    assert b"assert -2 == 42" in failing.stdout


async def test_numpy_is_there(tier: Tier) -> None:
    outcome = await tier.run(python("import numpy; print(int(numpy.arange(10).sum()))"))
    assert outcome.stdout == b"45\n", outcome


async def test_a_shell_script_runs_with_the_systems_programs_and_the_same_python(tier: Tier) -> None:
    script = b"set -e\nprintf 'b\\na\\n' | sort > sorted\npython -c 'import pytest; print(pytest.__name__)'\nexit 7\n"
    outcome = await tier.run(Execution(program=Program.SHELL, arguments=("do.sh",), files={"do.sh": script}))
    assert (outcome.exit_code, outcome.stdout, outcome.files) == (7, b"pytest\n", {"sorted": b"a\nb\n"}), outcome


async def test_a_crash_is_told_by_its_signal(tier: Tier) -> None:
    outcome = await tier.run(python("import os; os.abort()"))
    assert (outcome.ending, outcome.exit_code, outcome.signal) == (Ending.KILLED, None, 6)


async def test_processor_time_is_limited_too(tier: Tier) -> None:
    outcome = await tier.run(python("while True: pass", limits=SandboxLimits(wall_seconds=60, cpu_seconds=1)))
    assert outcome.ending is Ending.OUT_OF_TIME


async def test_what_was_written_before_the_end_is_kept(tier: Tier) -> None:
    code = "open('half', 'w').write('done'); print('begun'); import time; time.sleep(60)"
    outcome = await tier.run(python(code, limits=SandboxLimits(wall_seconds=1.5)))
    assert (outcome.ending, outcome.stdout, outcome.files) == (Ending.OUT_OF_TIME, b"begun\n", {"half": b"done"})


async def test_output_is_cut_where_it_becomes_too_much(tier: Tier) -> None:
    outcome = await tier.run(python("while True: print('x' * 99)", limits=SandboxLimits(output_bytes=1000)))
    assert (outcome.ending, outcome.cut, len(outcome.stdout)) == (Ending.TOO_MUCH_OUTPUT, True, 1000)


async def test_only_changed_files_come_back(tier: Tier) -> None:
    files = {"same": b"1", "deep/changed": b"1", "gone": b"1"}
    code = "import os; open('deep/changed', 'a').write('2'); os.unlink('gone')"
    outcome = await tier.run(python(code, files=files))
    assert outcome.files == {"deep/changed": b"12"}


async def test_a_cancelled_execution_leaves_nothing(tier: Tier, toolbox: Toolbox) -> None:
    running = asyncio.create_task(
        tier.run(python("import time; time.sleep(1000)", limits=SandboxLimits(wall_seconds=999)))
    )
    await until(lambda: any("-c" in command for command in left_running(toolbox)))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert left_running(toolbox) == []


ENGINE = """
import asyncio, sys
from pathlib import Path
from desktop.engine import Execution, Program, SandboxLimits
from desktop.sandbox.bubblewrap import Bubblewrap
from desktop.sandbox.toolbox import Toolbox

toolbox = Toolbox(folder=Path(sys.argv[1]), readable=tuple(sys.argv[2:]), packages=())
limits = SandboxLimits(wall_seconds=999)
execution = Execution(program=Program.PYTHON, arguments=("-c", "import time; time.sleep(1000)"), limits=limits)
asyncio.run(Bubblewrap(toolbox).run(execution))
"""


async def test_a_program_ends_with_the_engine_that_wanted_it(toolbox: Toolbox) -> None:
    engine = await asyncio.create_subprocess_exec(sys.executable, "-c", ENGINE, str(toolbox.folder), *toolbox.readable)
    await until(lambda: any(command.endswith("sleep(1000) ") for command in left_running(toolbox)))
    engine.kill()
    await engine.wait()
    await until(lambda: not left_running(toolbox))


async def test_a_tool_that_is_missing_is_told_as_what_it_is(toolbox: Toolbox, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(SandboxFailed, match="No permissions to create new namespace"):
        await Bubblewrap(toolbox, program=str(broken)).run(python("print(1)"))


async def test_a_guard_that_can_not_start_is_told_of(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.sandbox.guard_process.PROGRAM", (str(Path(os.devnull)),))
    with pytest.raises(SandboxFailed, match="no process could be started for it"):
        await Bubblewrap(toolbox).run(python("print(1)"))


async def test_a_guard_that_ends_early_is_told_of(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.sandbox.guard_process.PROGRAM", (sys.executable, "-c", ""))
    with pytest.raises(SandboxFailed, match="the process that watches over it ended early"):
        await Bubblewrap(toolbox).run(python("print(1)"))
