"""The document reader: a small pool of child processes, since documents are hostile input for native parsers."""

import asyncio
import logging
import multiprocessing
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool

from desktop.engine import Document, Input, Source, UnreadableDocument
from desktop.tools.file_search import find_sources
from desktop.tools.reading.failure import ReaderFailed
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.worker import begin, read_source
from desktop.tools.shown_name import shown_name

if TYPE_CHECKING:
    from concurrent.futures import Future

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0  # a pool that breaks may forget a job that it was just given


class PooledReader:
    """Implements `DocumentReader`. A file that crashes, hangs or bloats its process costs that file alone."""

    def __init__(
        self,
        *,
        workers: int = 2,
        seconds_per_file: float = 120,
        memory_bytes: int = 1536 * 1024**2,
        max_text_bytes: int = 64 * 1024**2,
    ) -> None:
        self._workers = workers
        self._seconds = seconds_per_file
        self._limits = Limits(memory_bytes=memory_bytes, max_text_bytes=max_text_bytes)
        self._pool: ProcessPool | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._slots = asyncio.Semaphore(workers)  # no more results are held than there are workers

    async def sources(self, inputs: tuple[Input, ...]) -> tuple[Source, ...]:
        """The documents behind the inputs, folders opened, in a stable order; nothing is read yet."""
        return await asyncio.to_thread(find_sources, inputs)

    async def read(self, source: Source) -> Document:
        """The document's text. Raises `UnreadableDocument` with the way out in its hint."""
        shown = shown_name(source.name)
        async with self._slots:
            try:
                return await self._read(source)
            except TimeoutError as error:
                raise self._too_slow(shown) from error
            except (ProcessExpired, BrokenProcessPool, MemoryError) as error:
                raise self._ended(shown) from error
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

    def _ended(self, shown: str) -> UnreadableDocument:
        if self._closed:
            return UnreadableDocument(f"{shown} was not read: Legwork is being closed.", hint="Start Legwork again.")
        return UnreadableDocument(
            f"{shown} crashed its reader or needed more memory than it may; other files go on.",
            hint="It may be damaged: save it anew from the program that made it, or as PDF, and try again.",
        )

    async def _read(self, source: Source) -> Document:
        pool = self._running_pool()
        try:
            return await self._read_in(pool, source)
        except BrokenProcessPool:  # its processes were ended from outside before they took the file
            await self._replace(pool)
            return await self._read_in(self._running_pool(), source)

    async def _read_in(self, pool: ProcessPool, source: Source) -> Document:
        future = asyncio.wrap_future(self._schedule(pool, source))
        try:
            while not future.done():
                await asyncio.wait((future,), timeout=_LOOK_SECONDS)
                if not future.done() and not pool.active:
                    raise BrokenProcessPool("The reader processes are gone.")
            return await future
        finally:
            future.cancel()

    def _schedule(self, pool: ProcessPool, source: Source) -> "Future[Document]":
        try:
            return pool.schedule(read_source, args=(source, self._limits), timeout=self._seconds)
        except RuntimeError as error:  # what pebble says of a pool that broke since its last job
            raise BrokenProcessPool("The reader processes are gone.") from error

    def _running_pool(self) -> ProcessPool:
        with self._lock:
            if self._closed:
                raise BrokenProcessPool("The reader is closed.")
            if self._pool is None:
                # spawn: a fork of a process with threads and Qt may hang
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPool(
                    max_workers=self._workers, initializer=begin, initargs=(self._limits.memory_bytes,), context=context
                )
            return self._pool

    async def _replace(self, broken: ProcessPool) -> None:
        """Let go of a broken pool, once: whoever else had a file in it may have made the next one already."""
        with self._lock:
            if self._pool is not broken:
                return
            self._pool = None
        await asyncio.to_thread(self._end, broken)

    async def close(self) -> None:
        """End the reader processes; a closed reader reads nothing more."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(self._end, pool)

    @staticmethod
    def _end(pool: ProcessPool) -> None:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
