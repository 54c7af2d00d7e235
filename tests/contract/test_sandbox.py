"""What every sandbox promises about an honest program, and what it says where it runs none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, Program, Sandbox
from desktop.sandbox.tried_sandbox import TriedSandbox
from tests.fakes.scripted_sandbox import ScriptedSandbox

SHOUT = b"""
import sys
from pathlib import Path

text = Path("words/in.txt").read_text()
Path("out").mkdir()
Path("out/loud.txt").write_text(text.upper() + sys.stdin.read())
print(sys.argv[1])
print("on the side", file=sys.stderr)
sys.exit(3)
"""


def shouted(execution: Execution) -> Outcome:
    loud = execution.files["words/in.txt"].upper() + execution.stdin
    return Outcome(
        ending=Ending.ENDED,
        exit_code=3,
        stdout=execution.arguments[1].encode() + b"\n",
        stderr=b"on the side\n",
        files={"out/loud.txt": loud},
        seconds=0.1,
    )


@pytest.fixture(params=["tried", "scripted"])
async def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Sandbox]:
    made: Sandbox = TriedSandbox(tmp_path) if request.param == "tried" else ScriptedSandbox(shouted)
    yield made
    await made.close()


@pytest.fixture(params=["tried", "scripted"])
async def no_sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Sandbox]:
    made: Sandbox = (
        TriedSandbox(tmp_path, lambda *_: ()) if request.param == "tried" else ScriptedSandbox(available=False)
    )
    yield made
    await made.close()


async def test_a_program_reads_its_files_and_hands_over_what_it_wrote(sandbox: Sandbox) -> None:
    files = {"shout.py": SHOUT, "words/in.txt": b"quiet"}
    execution = Execution(program=Program.PYTHON, arguments=("shout.py", "heard"), files=files, stdin=b"!")
    outcome = await sandbox.run(execution)
    assert (outcome.ending, outcome.exit_code, outcome.signal) == (Ending.ENDED, 3, None)
    assert (outcome.stdout, outcome.stderr, outcome.cut) == (b"heard\n", b"on the side\n", False)
    assert outcome.files == {"out/loud.txt": b"QUIET!"}
    assert not outcome.files_left_out
    assert not outcome.succeeded
    assert outcome.seconds > 0


async def test_it_says_how_it_runs_code(sandbox: Sandbox) -> None:
    standing = await sandbox.look()
    assert standing.available
    assert standing.tier
    assert Program.PYTHON in standing.programs
    assert standing.reason == ""
    assert await sandbox.look() == standing


async def test_without_a_sandbox_no_code_runs_and_the_reason_is_said(no_sandbox: Sandbox) -> None:
    standing = await no_sandbox.look()
    assert (standing.available, standing.tier, standing.programs) == (False, "", frozenset())
    with pytest.raises(ExecutionRefused, match="was not run: this machine has no working sandbox"):
        await no_sandbox.run(Execution(program=Program.PYTHON, arguments=("-c", "print(1)")))
