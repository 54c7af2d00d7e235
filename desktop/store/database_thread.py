"""A database connection and the one thread that uses it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw
import msgspec
from peewee import PeeweeException
from playhouse.apsw_ext import APSWDatabase

from desktop.store.failures import storage_failure

T = TypeVar("T")

BUSY_SECONDS: Final = 5.0
PRAGMAS: Final = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -8 * 1024}


class DatabaseThread:
    """Calls functions with the database, one after the other, on a thread of their own."""

    def __init__(self, path: Path, name: str, *, readonly: bool) -> None:
        self._path = path
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        pragmas = {"query_only": 1} if readonly else PRAGMAS
        self.database = APSWDatabase(str(path), timeout=BUSY_SECONDS, pragmas=pragmas, flags=flags, autoconnect=False)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._closed = False

    async def do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function(database, *arguments)` on the thread, in the order of calls. Raises `StorageFailed`."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._call, function, *arguments)

    def do_now(self, function: Callable[..., T], *arguments: Any) -> T:
        """The same for whoever has no loop yet: waits for the thread."""
        return self._executor.submit(self._call, function, *arguments).result()

    async def close(self) -> None:
        """Close the connection after all that was asked for, and end the thread. A second time it does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            await self.do(_disconnect)
        finally:
            self._executor.shutdown()

    def abandon(self) -> None:
        """Close the connection where there is one, and end the thread, for whoever has no loop yet."""
        self._closed = True
        try:
            self.do_now(_disconnect)
        finally:
            self._executor.shutdown()

    def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return function(self.database, *arguments)
        except (PeeweeException, apsw.Error, msgspec.DecodeError, OSError) as error:
            raise storage_failure(error, self._path) from error


def _disconnect(database: APSWDatabase) -> None:
    database.close()
