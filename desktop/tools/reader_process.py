"""A reader process as its parent sees it."""

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from desktop.engine import Document, Source
from desktop.tools.reading.failure import ReaderEnded, ReaderFailed
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.messages import LENGTH, document_in, most_bytes, request_for

PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("reader_server.py")))
LEGWORK: Final = "LEGWORK_"
"""What the environment holds for Legwork alone, passwords and keys among it, begins so: no document gets near it."""
EXIT_SECONDS: Final = 2.0
CHUNK: Final = 256 * 1024
"""Bytes that are written or read at a time, so that a long message never holds up the loop."""


class ReaderProcess:
    """A child process that reads one document at a time. It ends with `end`, or with this process."""

    def __init__(self, process: asyncio.subprocess.Process, longest_answer: int) -> None:
        assert process.stdin is not None  # noqa: S101 - asked for at the start
        assert process.stdout is not None  # noqa: S101 - asked for at the start
        self._process = process
        self._requests = process.stdin
        self._answers = process.stdout
        self._longest_answer = longest_answer  # bytes
        self._killed = False

    @classmethod
    async def launch(cls, limits: Limits, program: tuple[str, ...] = PROGRAM) -> "ReaderProcess":
        """Start a process. Raises `OSError` where the system does not."""
        process = await asyncio.create_subprocess_exec(
            *program,
            *(str(number) for number in (os.getpid(), limits.memory_bytes, limits.max_text_bytes)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a parser's complaints may quote the document
            env={name: value for name, value in os.environ.items() if not name.startswith(LEGWORK)},
            start_new_session=True,  # an interrupt at the terminal is for the parent to handle
            limit=CHUNK,
        )
        return cls(process, most_bytes(limits))

    async def read(self, source: Source) -> Document:
        """The document's text.

        Raises `UnreadableDocument` as the process does. After everything else, `ReaderEnded`, `ReaderFailed` and a
        cancellation, the process is to be ended.
        """
        request = await asyncio.to_thread(request_for, source)
        try:
            await self._send(request)
            answer = await self._receive()
        except (OSError, EOFError) as error:
            await self._gone()  # by itself: were it killed now, asyncio might miss its code
            raise ReaderEnded(f"The reader process ended with code {self._process.returncode}.") from error
        return await asyncio.to_thread(document_in, answer, source.name)

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        if self._process.returncode is None and not self._killed:
            self._killed = True
            with suppress(ProcessLookupError):
                self._process.kill()

    async def end(self) -> None:
        """End the process, and wait until it is gone."""
        self.kill()
        await self._gone()

    async def _gone(self) -> None:
        with suppress(TimeoutError):  # nothing ends a process that waits for a broken device
            async with asyncio.timeout(EXIT_SECONDS):
                while await self._answers.read(CHUNK):  # asyncio takes a process for gone once its output was read
                    continue
                await self._process.wait()

    async def _send(self, message: bytes) -> None:
        self._requests.write(LENGTH.pack(len(message)))
        for start in range(0, len(message), CHUNK):
            self._requests.write(message[start : start + CHUNK])
            await self._requests.drain()

    async def _receive(self) -> list[bytes]:
        """A message in pieces. Raises `EOFError` where the process ended instead."""
        (missing,) = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))
        if missing > self._longest_answer:
            raise ReaderFailed(f"It announced an answer of {missing} bytes.")
        pieces = []
        while missing:
            piece = await self._answers.read(min(missing, CHUNK))
            if not piece:
                raise EOFError
            pieces.append(piece)
            missing -= len(piece)
        return pieces
