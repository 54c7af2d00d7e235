"""Running code that nobody has read: what is asked for, what came of it, and the port that carries it out.

Whatever comes back (output, files, even the exit code) was made by the code that ran: it is data, and proves no more
than that this code said so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Protocol

from desktop.engine.errors import ExecutionRefused

MAX_NAME_CHARACTERS: Final = 200
_MEBIBYTE: Final = 1024 * 1024


class Program(StrEnum):
    """What runs the code."""

    PYTHON = "python"  # arguments as for `python`: a script, or `-m` and a module
    PYTEST = "pytest"  # arguments as for `pytest`
    SHELL = "shell"  # arguments as for `sh`: a script


class Ending(StrEnum):
    """How an execution came to its end."""

    ENDED = "ended"  # by itself, with an exit code or by a signal of its own doing
    OUT_OF_TIME = "out_of_time"
    OUT_OF_MEMORY = "out_of_memory"
    OUT_OF_DISK = "out_of_disk"
    TOO_MUCH_OUTPUT = "too_much_output"
    KILLED = "killed"  # by a signal that nobody here sent


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """What an execution may use, with all the processes that it starts."""

    wall_seconds: float = 10.0
    cpu_seconds: float = 20.0
    memory_bytes: int = 1024 * _MEBIBYTE
    processes: int = 32  # threads count
    disk_bytes: int = 64 * _MEBIBYTE
    output_bytes: int = _MEBIBYTE  # standard output and standard error together


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Code to run: its files by relative name, and how it is started.

    Raises `ExecutionRefused` for names that lead out of the folder or can't be had side by side.
    """

    program: Program
    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    limits: SandboxLimits = SandboxLimits()

    def __post_init__(self) -> None:
        for name in self.files:
            check_file_name(name)
        folders = {str(parent) for name in self.files for parent in PurePosixPath(name).parents}
        if both := sorted(folders & set(self.files)):
            raise _refused(f"{both[0]!r} is to be a file and a folder at once")
        if any("\0" in argument for argument in self.arguments):
            raise _refused("an argument holds a zero character")


def check_file_name(name: str) -> None:
    """Raise `ExecutionRefused` unless `name` names a file below the folder that the code runs in, in its only form."""
    plain = 0 < len(name) <= MAX_NAME_CHARACTERS and name.isprintable() and "\\" not in name
    if not plain or name.startswith("/") or any(part in ("", ".", "..") for part in name.split("/")):
        raise _refused(f"{name[:MAX_NAME_CHARACTERS]!r} does not name a file below the folder that the code runs in")


def _refused(why: str) -> ExecutionRefused:
    return ExecutionRefused(
        f"The code was not run: {why}. Nothing was written.", hint="Give every file a short relative name of its own."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an execution."""

    ending: Ending
    exit_code: int | None  # None where a signal or a limit ended it
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    cut: bool = False  # more output was written than is here
    files: Mapping[str, bytes] = field(default_factory=dict)  # what the code wrote or changed
    files_left_out: bool = False  # there were more files than are here, or such as can't be handed over
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.ending is Ending.ENDED and self.exit_code == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStanding:
    """How code is run on this machine, in words for the person."""

    available: bool
    tier: str  # "bubblewrap"; empty where code does not run
    programs: frozenset[Program] = frozenset()
    packages: tuple[str, ...] = ()  # what code can import besides Python's own: "pytest 9.2.0"
    lacks: tuple[str, ...] = ()  # what this tier can't do or keep out, a sentence each
    passed_over: Mapping[str, str] = field(default_factory=dict)  # tiers that do not work here, and why
    reason: str = ""  # why no code runs, and what to do; empty where it runs


class Sandbox(Protocol):
    """Runs code that may be wrong or hostile, where it can neither reach nor harm anything."""

    async def look(self) -> SandboxStanding:
        """How code is run here. The first look tries the tiers out, which takes a second or two; then it is known."""

    async def run(self, execution: Execution) -> Outcome:
        """Run it, and wait for its end. Cancelling ends all that it started.

        Raises `ExecutionRefused` where this machine has no working sandbox, or none for that program.
        """

    async def close(self) -> None:
        """End what runs, and remove what was put on the disk for it."""
