"""A server that is a program of this machine: its process, and lines of JSON each way on standard input and output."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import anyio
import mcp_types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from desktop.tools.servers.allowance import Allowance
from desktop.tools.servers.choice import ServerChoice
from desktop.tools.servers.environment import folder_of, program_of, server_environment
from desktop.tools.servers.failure import ServerLost, ServerRefused, ServerTrouble
from desktop.tools.servers.guard import BY_SIGNAL, GRACE_SECONDS
from desktop.tools.servers.line import Streams
from desktop.tools.servers.shown_text import shown_text, without

GUARD: Final = (sys.executable, "-I", str(Path(__file__).with_name("guard.py")))
CHUNK: Final = 65_536
LOG_BYTES: Final = 8_192
LOG_PAUSE_SECONDS: Final = 0.01
"""After each piece of a log, so that a server that logs without end waits for us, and not we for it."""
LAST_LINES: Final = 3
LAST_CHARACTERS: Final = 400
END_SECONDS: Final = GRACE_SECONDS + 3.0
LAST_WORDS_SECONDS: Final = 0.5
_GONE: Final = (anyio.ClosedResourceError, anyio.BrokenResourceError)


class ProgramLine:
    """Implements `Line`: entering it starts the program, leaving it ends the program with all that it started."""

    def __init__(
        self, choice: ServerChoice, values: Mapping[str, str], allowance: Allowance, on_lost: Callable[[], None]
    ) -> None:
        self.fault: ServerTrouble | None = None
        self._choice = choice
        self._values = values
        self._allowance = allowance
        self._on_lost = on_lost
        self._log = bytearray()
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Streams:
        """Raises `ServerRefused` where the program can't be started."""
        self._process = await self._launch()
        heard, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outgoing, to_say = anyio.create_memory_object_stream[SessionMessage](0)
        name = self._choice.name
        self._tasks = [
            asyncio.create_task(self._listen(heard), name=f"output of the tool server {name}"),
            asyncio.create_task(self._say(to_say), name=f"input of the tool server {name}"),
            asyncio.create_task(self._keep_log(), name=f"log of the tool server {name}"),
        ]
        return incoming, outgoing

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its input, which is how it is told to end, and see that it does."""
        for aio_task in self._tasks[:2]:
            aio_task.cancel()
        await asyncio.wait(self._tasks[:2])
        await asyncio.shield(asyncio.create_task(self._end(), name=f"end of the tool server {self._choice.name}"))

    async def parting_words(self) -> str:
        """How the program ended, with the last lines of its log."""
        if self._process is None:
            return ""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._process.wait()
        code = self._process.returncode
        how = "" if code is None else f"ended with code {code}" if code <= BY_SIGNAL else _by_signal(code)
        lines = without(self._log.decode("utf-8", "replace"), self._choice.secrets_in(self._values)).splitlines()
        last = " / ".join([line.strip() for line in lines if line.strip()][-LAST_LINES:])
        return f"{how}: {shown_text(last, LAST_CHARACTERS)}".strip(": ") if last else how

    async def _launch(self) -> asyncio.subprocess.Process:
        environment = server_environment(os.environ, self._values)
        program = await asyncio.to_thread(program_of, self._choice, os.environ)
        try:
            return await asyncio.create_subprocess_exec(
                *GUARD,
                program,
                *self._choice.args,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=folder_of(self._choice),
                start_new_session=True,  # an interrupt at the terminal is for Legwork to handle
                limit=CHUNK,
            )
        except (OSError, ValueError) as error:
            raise ServerRefused(
                f"The tool server {self._choice.name} can't be started: {getattr(error, 'strerror', None) or error}.",
                hint="See that its program and the folder that it runs in are there.",
            ) from error

    async def _listen(self, heard: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        assert self._process is not None  # noqa: S101 - begun after the start
        assert self._process.stdout is not None  # noqa: S101 - asked for at the start
        begun = bytearray()
        try:
            with heard, suppress(*_GONE):
                while chunk := await self._process.stdout.read(CHUNK):
                    self._allowance.take(len(chunk), chunk.count(b"\n"))
                    begun += chunk
                    if b"\n" in chunk:
                        *lines, begun = begun.split(b"\n")
                        await self._hand_on(lines, heard)
                    self._allowance.check_size(len(begun))
        except ServerLost as lost:
            self.fault = lost
        finally:
            self._on_lost()

    async def _hand_on(self, lines: list[bytearray], to: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        for line in lines:
            if not line.strip():
                continue
            raw = bytes(line)
            self._allowance.check_message(raw)
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(raw, by_name=False)
            except ValueError:
                self._allowance.take_nonsense()
            else:
                await to.send(SessionMessage(message))

    async def _say(self, messages: MemoryObjectReceiveStream[SessionMessage]) -> None:
        assert self._process is not None  # noqa: S101 - begun after the start
        assert self._process.stdin is not None  # noqa: S101 - asked for at the start
        with messages, suppress(OSError, *_GONE):  # that it has ended is heard from its output
            async for each in messages:
                line = each.message.model_dump_json(by_alias=True, exclude_unset=True)
                self._process.stdin.write(line.encode() + b"\n")
                await self._process.stdin.drain()

    async def _keep_log(self) -> None:
        """The end of what it logs."""
        assert self._process is not None  # noqa: S101 - begun after the start
        assert self._process.stderr is not None  # noqa: S101 - asked for at the start
        while said := await self._process.stderr.read(LOG_BYTES):
            self._log += said
            del self._log[:-LOG_BYTES]
            await asyncio.sleep(LOG_PAUSE_SECONDS)

    async def _end(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101 - begun after the start
        assert process.stdin is not None  # noqa: S101 - asked for at the start
        process.stdin.close()
        if not await self._gone(process):
            _kill(process)
            await self._gone(process)
        await asyncio.wait(self._tasks[2:], timeout=LAST_WORDS_SECONDS)  # its log ends with it, and closes then
        self._tasks[2].cancel()
        await asyncio.wait(self._tasks[2:])
        _close_pipes(process)

    async def _gone(self, process: asyncio.subprocess.Process) -> bool:
        assert process.stdout is not None  # noqa: S101 - asked for at the start
        try:
            async with asyncio.timeout(END_SECONDS):
                while await process.stdout.read(CHUNK):  # asyncio takes a process for gone once its output was read
                    continue
                await process.wait()
        except TimeoutError:
            return False
        return True


def _by_signal(code: int) -> str:
    return f"was ended by signal {code - BY_SIGNAL}"


def _close_pipes(process: asyncio.subprocess.Process) -> None:
    """What survived a kill may hold the other end of a pipe; nothing public of asyncio's closes ours."""
    transport = getattr(process, "_transport", None)
    if isinstance(transport, asyncio.SubprocessTransport):
        transport.close()


def _kill(process: asyncio.subprocess.Process) -> None:
    """The guard and, where there are such, all processes of its group."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
