"""A database connection and the one thread that uses it."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw
import msgspec
from peewee import PeeweeException
from playhouse.apsw_ext import APSWDatabase

from desktop.engine import StorageFailed
from desktop.store.daemon_thread import DaemonThread
from desktop.store.failures import storage_failure

T = TypeVar("T")

BUSY_SECONDS: Final = 2.0
"""How long a call waits for another program that holds the database; the engine tries again by itself."""

CLOSE_SECONDS: Final = 10.0
"""How long a thread that closes may take for what it was asked for before; longer, and the disk does not answer."""

PRAGMAS: Final = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1}


class DatabaseThread:
    """Calls functions with the database, one after the other, on a thread of their own."""

    def __init__(
        self, path: Path, name: str, *, readonly: bool, pragmas: Mapping[str, str | int] | None = None
    ) -> None:
        self._path = path
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        chosen = dict(pragmas or ({"query_only": 1} if readonly else PRAGMAS))
        self.database = APSWDatabase(str(path), timeout=BUSY_SECONDS, pragmas=chosen, flags=flags, autoconnect=False)
        self._thread = DaemonThread(name)
        self._closed = False

    async def do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function(database, *arguments)` on the thread, in the order of calls. Raises `StorageFailed`."""
        answer: T = await asyncio.wrap_future(self._thread.submit(self._call, function, *arguments))
        return answer

    def do_now(self, function: Callable[..., T], *arguments: Any) -> T:
        """The same for whoever has no loop yet: waits for the thread."""
        answer: T = self._thread.submit(self._call, function, *arguments).result()
        return answer

    async def close(self) -> None:
        """Close the connection after all that was asked for, and end the thread. A second time it does nothing.

        Raises `StorageFailed` where that takes too long: then the thread is left to itself.
        """
        if self._closed:
            return
        self._closed = True
        try:
            await asyncio.wait_for(self.do(_disconnect), CLOSE_SECONDS)
        except TimeoutError:
            raise StorageFailed(
                f"The disk with {self._path.parent} does not answer, so the last changes are not written. "
                "Everything that was recorded before is kept.",
                hint="Check the disk. At the next start the tasks go on from there.",
            ) from None
        finally:
            self._thread.end()

    def abandon(self) -> None:
        """Close the connection where there is one, and end the thread, for whoever has no loop yet."""
        self._closed = True
        try:
            self.do_now(_disconnect)
        finally:
            self._thread.end()

    def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return function(self.database, *arguments)
        except (PeeweeException, apsw.Error, msgspec.DecodeError, OSError) as error:
            raise storage_failure(error, self._path) from error


def _disconnect(database: APSWDatabase) -> None:
    database.close()
