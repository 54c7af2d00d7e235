"""The guard, as the engine sees it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

import desktop.sandbox.guarding as guarding
from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, check_file_name
from desktop.sandbox.guarding.message import LENGTH, packed
from desktop.sandbox.tier import Order, SandboxFailed

PROGRAM: Final = (sys.executable, "-I", "-S", guarding.__path__[0])
END_SECONDS: Final = 30.0
MARGIN_SECONDS: Final = 90.0  # for the start and the end of what is watched
CHUNK: Final = 256 * 1024


async def carry_out(order: Order, execution: Execution) -> Outcome:
    """Let a guard start and watch what is ordered. Raises `SandboxFailed` where it did not come so far."""
    process = await _launch()
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    try:
        async with asyncio.timeout(execution.limits.wall_seconds + MARGIN_SECONDS):
            await send_order(process.stdin, asdict(order), execution)
            return await read_outcome(process.stdout)
    except TimeoutError as error:
        raise SandboxFailed("the process that watches over it did not answer") from error
    except (OSError, EOFError) as error:
        raise SandboxFailed("the process that watches over it ended early") from error
    finally:
        await asyncio.shield(end(process, END_SECONDS))


async def _launch() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what went wrong is in its report
            start_new_session=True,
            limit=CHUNK,
        )
    except OSError as error:
        raise SandboxFailed(f"no process could be started for it ({error.strerror})") from error


async def end(process: asyncio.subprocess.Process, patience: float) -> None:
    """Wait until it has ended, which it sets about when its input closes; after so many seconds, end it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(patience):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def send_order(to: asyncio.StreamWriter, order: Mapping[str, Any], execution: Execution) -> None:
    """Send an order, with the files and limits of the execution."""
    contents = [*execution.files.values(), execution.stdin]
    said = {**order, "files": list(execution.files), "limits": asdict(execution.limits)}
    to.write(packed(said, contents))
    for content in contents:
        for start in range(0, len(content), CHUNK):
            to.write(content[start : start + CHUNK])
            await to.drain()
    await to.drain()


async def read_outcome(source: asyncio.StreamReader) -> Outcome:
    """Read the report. Raises `EOFError` where it breaks off, `SandboxFailed` where nothing ran."""
    (length,) = LENGTH.unpack(await source.readexactly(LENGTH.size))
    report: dict[str, Any] = json.loads(await source.readexactly(length))
    if complaint := report.get("complaint"):
        raise SandboxFailed(complaint.strip())
    stdout, stderr, *contents = [await source.readexactly(size) for size in report["sizes"]]
    files = {name: content for name, content in zip(report["files"], contents, strict=True) if _is_proper(name)}
    ending = Ending(report["ending"])
    return Outcome(
        ending=ending,
        exit_code=report["exit_code"] if ending is Ending.ENDED else None,
        signal=report.get("signal"),
        stdout=stdout,
        stderr=stderr,
        cut=report["cut"],
        files=files,
        files_left_out=report["left_out"] or len(files) < len(contents),
        seconds=report["seconds"],
    )


def _is_proper(name: str) -> bool:
    try:
        check_file_name(name)
    except ExecutionRefused:
        return False
    return True
