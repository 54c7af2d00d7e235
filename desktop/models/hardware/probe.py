"""Runs the probe of drivers as a child process, with a deadline, and makes sense of what it said until then."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec

PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("probe_program.py")))
PROBE_SECONDS: Final = 15.0
END_SECONDS: Final = 2.0
"""A driver that has to wake a card up takes a few."""
MOST_BYTES: Final = 1 << 20

Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**60)]


class Device(msgspec.Struct, frozen=True):
    """A device as a driver or a runtime tells of it."""

    name: str
    total: Bytes = 0
    free: Bytes = 0
    id: str = ""
    kind: str = ""  # the runtime's word: CPU, GPU, IGPU, ACCEL


class Finding(msgspec.Struct, frozen=True):
    """What one probe found; with `begun`, that it began."""

    probe: str
    begun: bool = False
    error: str = ""  # the kind of what it met
    why: str = ""  # the same in words, where the probe has some: of a server
    vendors: list[str] = []
    driver: str = ""
    cuda: int = 0
    devices: list[Device] = []
    system: str = ""
    path: str = ""
    listing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the probes found, and which of them never came back."""

    found: tuple[Finding, ...]
    lost: str = ""  # the probe that hung or crashed; empty where none did

    def of(self, probe: str) -> Finding:
        """What that probe found; an empty finding where it did not get to it."""
        return next((each for each in self.found if each.probe == probe), Finding(probe=probe))

    @property
    def failed_servers(self) -> tuple[Finding, ...]:
        """The servers that could not list their devices."""
        return tuple(each for each in self.found if each.path and each.error)


async def probe(
    servers: Sequence[str] = (), *, seconds: float = PROBE_SECONDS, program: tuple[str, ...] = PROGRAM
) -> Findings:
    """Ask all drivers, for so many seconds at most. Never raises."""
    lines: list[bytes] = []
    try:
        process = await asyncio.create_subprocess_exec(
            *program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return Findings(found=(), lost="runtime")
    try:
        with suppress(TimeoutError, ConnectionError, ValueError):
            async with asyncio.timeout(seconds):
                await _exchange(process, servers, lines)
    finally:
        await _end(process)
    return _understood(lines)


async def _exchange(process: asyncio.subprocess.Process, servers: Sequence[str], lines: list[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    process.stdin.write(msgspec.json.encode({"servers": list(servers)}) + b"\n")
    await process.stdin.drain()
    while (line := await process.stdout.readline()) and sum(map(len, lines)) < MOST_BYTES:
        lines.append(line)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(TimeoutError):  # a driver that hangs in the kernel can't be killed: it is left behind
        async with asyncio.timeout(END_SECONDS):
            await _gone(process)
    if process.stdin is not None:
        process.stdin.close()


async def _gone(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    while await process.stdout.read(MOST_BYTES):  # asyncio takes a process for gone once its output was read
        continue
    await process.wait()


def _understood(lines: Sequence[bytes]) -> Findings:
    begun, found = "runtime", []
    for line in lines:
        try:
            finding = msgspec.json.decode(line, type=Finding)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        begun = finding.probe if finding.begun else ""
        if not finding.begun:
            found.append(finding)
    return Findings(found=tuple(found), lost=begun)
