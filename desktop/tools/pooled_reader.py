"""The document reader: a small pool of child processes, since documents are hostile input for native parsers."""

import asyncio
import multiprocessing
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool

from desktop.engine import Document, Input, Source, UnreadableDocument
from desktop.tools.file_search import find_sources
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.worker import begin, read_source
from desktop.tools.shown_name import shown_name

if TYPE_CHECKING:
    from concurrent.futures import Future


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
                raise UnreadableDocument(
                    f"{shown} was not read within {self._seconds:g} seconds and was given up; other files go on.",
                    hint="Split it, or save it anew from the program that made it, and try again.",
                ) from error
            except (ProcessExpired, BrokenProcessPool, MemoryError) as error:
                raise UnreadableDocument(
                    f"{shown} crashed its reader or needed more memory than it may; other files go on.",
                    hint="It may be damaged: save it anew from the program that made it, or as PDF, and try again.",
                ) from error

    async def _read(self, source: Source) -> Document:
        try:
            return await asyncio.wrap_future(self._schedule(source))
        except BrokenProcessPool:  # its processes were ended from outside before they took the file
            await self.close()
            return await asyncio.wrap_future(self._schedule(source))

    def _schedule(self, source: Source) -> "Future[Document]":
        with self._lock:
            if self._pool is None:
                # spawn: a fork of a process with threads and Qt may hang
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPool(
                    max_workers=self._workers, initializer=begin, initargs=(self._limits.memory_bytes,), context=context
                )
            return self._pool.schedule(read_source, args=(source, self._limits), timeout=self._seconds)

    async def close(self) -> None:
        """End the reader processes."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(self._end, pool)

    @staticmethod
    def _end(pool: ProcessPool) -> None:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
