"""The document reader: a small pool of child processes, since documents are hostile input for native parsers."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from desktop.engine import Document, Input, Source, UnreadableDocument, within
from desktop.tools.file_search import find_sources
from desktop.tools.reader_process import PROGRAM, ReaderProcess
from desktop.tools.reading.failure import ReaderEnded, ReaderFailed
from desktop.tools.reading.limits import Limits
from desktop.tools.shown_name import shown_name

_log = logging.getLogger(__name__)


class PooledReader:
    """Implements `DocumentReader`. A file that crashes, hangs or bloats its process costs that file alone."""

    def __init__(
        self,
        *,
        workers: int = 2,
        seconds_per_file: float = 120,
        memory_bytes: int = 1536 * 1024**2,
        max_text_bytes: int = 64 * 1024**2,
        program: tuple[str, ...] = PROGRAM,
        private: Path | None = None,
    ) -> None:
        self._workers = workers
        self._seconds = seconds_per_file
        self._limits = Limits(memory_bytes=memory_bytes, max_text_bytes=max_text_bytes)
        self._program = program
        self._private = private  # a folder that is passed over in others: Legwork's own data
        self._slots = asyncio.Semaphore(workers)  # held while a process reads
        self._processes: set[ReaderProcess] = set()
        self._idle: list[ReaderProcess] = []
        self._closed = False

    async def sources(self, inputs: tuple[Input, ...]) -> tuple[Source, ...]:
        """The documents behind the inputs, folders opened, in a stable order; nothing is read yet."""
        return await asyncio.to_thread(find_sources, inputs, self._private)

    async def read(self, source: Source) -> Document:
        """The document's text. Raises `UnreadableDocument` with the way out in its hint."""
        shown = shown_name(source.name)
        async with self._slots:
            try:
                return await within(self._seconds, self._read(source))
            except TimeoutError as error:
                raise self._too_slow(shown) from error
            except OSError as error:
                raise self._not_started(shown, error) from error
            except ReaderEnded as error:
                raise self._ended(shown, error) from error
            except ReaderFailed as error:
                _log.error("The reader failed on %s:\n%s", shown, error)
                raise UnreadableDocument(
                    f"{shown} was not read: its reader failed in an unexpected way, see the log; other files go on.",
                    hint="Save it as PDF or text and choose that. If the file is sound, report what the log says.",
                ) from error

    def _too_slow(self, shown: str) -> UnreadableDocument:
        return UnreadableDocument(
            f"{shown} was not read within {self._seconds:g} seconds and was given up; other files go on.",
            hint="Split it, or save it anew from the program that made it, and try again.",
        )

    def _not_started(self, shown: str, error: OSError) -> UnreadableDocument:
        return UnreadableDocument(
            f"{shown} was not read: no process could be started for it ({error.strerror}); it was left as it is.",
            hint="Close other programs and try again. If that does not help, set Legwork up anew.",
        )

    def _ended(self, shown: str, error: ReaderEnded) -> UnreadableDocument:
        if self._closed:
            return UnreadableDocument(f"{shown} was not read: Legwork is being closed.", hint="Start Legwork again.")
        _log.info("%s was not read: %s", shown, error)
        return UnreadableDocument(
            f"{shown} crashed its reader or needed more memory than it may; other files go on.",
            hint="It may be damaged: save it anew from the program that made it, or as PDF, and try again.",
        )

    async def _read(self, source: Source) -> Document:
        if self._idle:
            with suppress(ReaderEnded):  # since its last document, or for what that one left behind: a new one decides
                return await self._read_in(self._idle.pop(), source)
        return await self._read_in(await self._launched(), source)

    async def _launched(self) -> ReaderProcess:
        if self._closed:
            raise ReaderEnded("The reader is closed.")
        process = await ReaderProcess.launch(self._limits, self._program)
        self._processes.add(process)
        if self._closed:  # meanwhile
            process.kill()
        return process

    async def _read_in(self, process: ReaderProcess, source: Source) -> Document:
        try:
            document = await process.read(source)
        except UnreadableDocument:
            self._idle.append(process)
            raise
        except BaseException:
            await self._end(process)
            raise
        self._idle.append(process)
        return document

    async def _end(self, process: ReaderProcess) -> None:
        await process.end()
        self._processes.discard(process)

    async def close(self) -> None:
        """End the reader processes; a closed reader reads nothing more."""
        self._closed = True
        for process in self._processes:
            process.kill()
        async with AsyncExitStack() as stack:
            for _ in range(self._workers):  # once they are all held, nobody reads
                await stack.enter_async_context(self._slots)
            await asyncio.gather(*(self._end(process) for process in tuple(self._processes)))
