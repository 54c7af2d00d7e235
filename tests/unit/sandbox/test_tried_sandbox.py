"""Which tier is used, what is said about those that are not, and what happens where one breaks."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, Program
from desktop.sandbox import self_test
from desktop.sandbox.bubblewrap import PROFILE, Bubblewrap
from desktop.sandbox.landlock import Landlock
from desktop.sandbox.tier import SandboxFailed, Tier, Traits
from desktop.sandbox.toolbox import Toolbox, make_toolbox
from desktop.sandbox.tried_sandbox import TriedSandbox

HELLO = Execution(program=Program.PYTHON, arguments=("-c", "print('hello')"))


class Leaky:
    """A tier that runs nothing, and says of everything that it went as it was told."""

    def __init__(self, name: str = "leaky", *, obstacle: str = "", fails: str = "", says: bytes = b"--\n") -> None:
        self.traits = Traits(name=name, programs=frozenset({Program.PYTHON}))
        self._obstacle = obstacle
        self._fails = fails
        self._says = says
        self.started = asyncio.Event()
        self.was_cancelled = False

    def obstacle(self) -> str:
        return self._obstacle

    def advice_on(self, weakness: str) -> str:
        return f"{self.traits.name} has a weakness: {weakness}."

    async def run(self, execution: Execution) -> Outcome:
        if self._fails:
            raise SandboxFailed(self._fails)
        if execution.arguments == ("add.py",):
            return Outcome(ending=Ending.ENDED, exit_code=0, stdout=b"done\n", files={"sum.txt": b"42"})
        if execution.arguments == ("turn.py",):
            return Outcome(ending=Ending.OUT_OF_TIME, exit_code=None)
        if execution.arguments == ("wait",):
            self.started.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.was_cancelled = True
        return Outcome(ending=Ending.ENDED, exit_code=0, stdout=self._says)


def choosing(*tiers: Tier) -> TriedSandbox:
    def given(_toolbox: Toolbox, _cache: Path) -> Sequence[Tier]:
        return tiers

    return TriedSandbox(Path("nowhere"), given)


async def test_the_first_tier_that_holds_is_used_and_what_kept_the_others_is_told() -> None:
    sandbox = choosing(
        Leaky("absent", obstacle="it is not there"), Leaky("open", says=b"read a file outside\n--\n"), Leaky()
    )
    standing = await sandbox.look()
    assert standing.tier == "leaky"
    assert standing.passed_over == {
        "absent": "it is not there",
        "open": "open has a weakness: code in it could read a file outside.",
    }
    await sandbox.close()


@pytest.mark.parametrize(
    ("tier", "why"),
    [
        (Leaky(fails="no namespace"), "no namespace"),
        (Leaky(says=b""), "its self-test failed"),
        (
            Leaky(says=b"make a namespace\nsee other processes\n--\n"),
            "code in it could make a namespace, see other processes",
        ),
    ],
)
async def test_a_tier_that_does_not_hold_is_not_used(tier: Leaky, why: str) -> None:
    sandbox = choosing(tier)
    standing = await sandbox.look()
    assert not standing.available
    assert why in standing.reason
    with pytest.raises(ExecutionRefused, match="this machine has no working sandbox"):
        await sandbox.run(HELLO)
    await sandbox.close()


async def test_a_tier_in_which_honest_programs_fail_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "HONEST", b"raise SystemExit('no such module')")
    sandbox = TriedSandbox(Path("nowhere"), lambda toolbox, _: (Bubblewrap(toolbox),))
    assert "a simple program failed in it (ended, 1): no such module" in (await sandbox.look()).reason
    await sandbox.close()


async def test_a_program_that_the_tier_can_not_run_is_refused() -> None:
    sandbox = choosing(Leaky("absent", obstacle="it is not there"), Leaky())
    with pytest.raises(ExecutionRefused, match=r"can't run shell\. absent: it is not there"):
        await sandbox.run(Execution(program=Program.SHELL, arguments=("a.sh",)))
    await sandbox.close()


async def test_a_tier_that_breaks_later_is_told_of() -> None:
    tier = Leaky()
    sandbox = choosing(tier)
    await sandbox.look()
    tier._fails = "no memory"
    with pytest.raises(ExecutionRefused, match=r"\(leaky\) could not be started: no memory"):
        await sandbox.run(HELLO)
    await sandbox.close()


async def test_closing_ends_what_runs() -> None:
    tier = Leaky()
    sandbox = choosing(tier)
    running = asyncio.create_task(sandbox.run(Execution(program=Program.PYTHON, arguments=("wait",))))
    await tier.started.wait()
    await sandbox.close()
    assert tier.was_cancelled
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_without_a_folder_for_temporary_files_no_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> Toolbox:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("desktop.sandbox.tried_sandbox.make_toolbox", full)
    sandbox = choosing(Leaky())
    assert "temporary files can't be written (No space left on device)" in (await sandbox.look()).reason
    await sandbox.close()


@pytest.fixture
def toolbox() -> Toolbox:
    return Toolbox(folder=Path("tools"), readable=(), packages=())


def test_bubblewrap_that_is_not_there_says_how_to_get_it(toolbox: Toolbox) -> None:
    assert "sudo apt install bubblewrap" in Bubblewrap(toolbox, program="no-such-program").obstacle()


@pytest.mark.parametrize(("switch", "advised"), [("1\n", True), ("0\n", False), (None, False)])
def test_bubblewrap_without_namespaces_says_what_apparmor_wants(
    toolbox: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str | None, advised: bool
) -> None:
    if switch is not None:
        (tmp_path / "switch").write_text(switch)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    advice = Bubblewrap(toolbox, restricted_by=tmp_path / "switch").advice_on("Permission denied")
    assert (PROFILE in advice) is advised
    assert "Permission denied" in advice


@pytest.mark.parametrize("tier", [Bubblewrap, Landlock])
def test_a_processor_without_a_list_of_calls_is_an_obstacle(
    toolbox: Toolbox, tier: type[Bubblewrap] | type[Landlock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert "this kind of processor (riscv64)" in tier(toolbox).obstacle()


@pytest.mark.parametrize("tier", [Bubblewrap, Landlock])
def test_a_python_among_a_persons_own_files_is_an_obstacle(
    toolbox: Toolbox, tier: type[Bubblewrap] | type[Landlock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.base_prefix", "/")
    assert "Install it in a folder of its own" in tier(toolbox).obstacle()


def test_landlock_that_is_not_there_is_an_obstacle(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.sandbox.landlock.landlock_version", lambda: 0)
    assert "The kernel has no Landlock" in Landlock(toolbox).obstacle()


def test_an_older_landlock_lacks_signals(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.sandbox.landlock.landlock_version", lambda: 4)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "It can send no signals, not even to those it started." in Landlock(toolbox).traits.lacks


def test_a_toolbox_holds_pytest_and_numpy_and_nothing_of_legwork() -> None:
    toolbox = make_toolbox()
    try:
        names = {path.name for path in (toolbox.folder / "lib").glob("*/site-packages/*")}
        assert {"pytest", "_pytest", "numpy"} <= names
        assert not names & {"PySide6", "peewee", "apsw", "desktop", "msgspec"}
        assert [each.split()[0] for each in toolbox.packages] == ["pytest", "numpy"]
    finally:
        toolbox.remove()
    assert not toolbox.folder.exists()
