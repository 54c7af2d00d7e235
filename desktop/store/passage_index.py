"""Documents in an index of their words: a cache in a file of its own, which may be lost or damaged at any time.

What is asked for and is not there, because it was never read, has changed, or went with the file, is read again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from playhouse.apsw_ext import APSWDatabase

from desktop.engine import (
    Document,
    DocumentReader,
    Indexed,
    Passage,
    Source,
    StorageBlocked,
    StorageFailed,
    TaskId,
    UnreadableDocument,
)
from desktop.store import passage_tables as tables
from desktop.store.database_thread import DatabaseThread
from desktop.store.passage_cutting import passages_of
from desktop.store.passage_query import query_of

T = TypeVar("T")

logger = logging.getLogger(__name__)

TRIES: Final = 3
"""How often a search begins again because the index was lost under its hands."""

KEPT_DAYS: Final = 30
"""How long a document stays that nobody asks for: as long as a task at most."""


class PassageIndex:
    """Implements `Passages` and `PassageStore` in that file.

    Nothing is opened before it is needed; all work is done on one thread.
    """

    def __init__(self, path: Path, *, reader: DocumentReader, now: Callable[[], datetime]) -> None:
        self._path = path
        self._reader = reader
        self._now = now
        self._thread: DatabaseThread | None = None

    async def index(self, source: Source, *, task_id: TaskId | None = None) -> Indexed:
        """Have the document in the index as it is now, for a task. Raises `UnreadableDocument` or `StorageFailed`."""
        giver = task_id if source.path is None else None
        identity, known = await self._do(_look_up, source, self._today(), giver)
        if known is not None:
            return known
        try:
            document = await self._reader.read(source)
        except UnreadableDocument:
            await self._do(_forget, identity)
            raise
        return await self._do(_put, source.name, identity, document, self._today(), giver)

    async def find(
        self,
        words: str,
        sources: Sequence[Source],
        limit: int = 10,
        *,
        task_id: TaskId | None = None,
        on_read: Callable[[], None] | None = None,
    ) -> tuple[Passage, ...]:
        """The passages of these documents that fit the words best. What can't be read any more is passed over.

        `on_read` is called after each document that is read again. Raises `StorageFailed`.
        """
        query = query_of(words)
        left = list(sources)
        for _ in range(TRIES):
            found, missing = await self._do(_find, query, left, limit)
            if not missing:
                return found
            for source in missing:
                if not await self._is_back(source, task_id):
                    left = [each for each in left if each != source]
                if on_read:
                    on_read()
        raise StorageFailed(
            "The index of the documents was lost again and again while it was searched. No document was changed.",
            hint="Check the disk and what else uses the data folder, then retry the task.",
        )

    async def around(
        self, source: Source, first: int, last: int, *, task_id: TaskId | None = None
    ) -> tuple[Passage, ...]:
        """The passages with the numbers from `first` to `last`, as far as there are some."""
        found = await self._do(_around, source, first, last)
        if found is None and await self._is_back(source, task_id):
            found = await self._do(_around, source, first, last)
        return found or ()

    async def forget(self, task_id: TaskId) -> None:
        """Let go, for good, of the texts that nobody but this task gave. Raises `StorageFailed`."""
        if await self._is_there():
            await self._do(tables.forget_giver, task_id)

    async def sweep(self) -> None:
        """Let go of files that are gone, and of what nobody has used for a month. Raises `StorageFailed`."""
        if await self._is_there():
            await self._do(tables.sweep, self._today() - KEPT_DAYS)

    async def _is_there(self) -> bool:
        """Whether there is an index. None is made to remove something from it."""
        return self._thread is not None or await asyncio.to_thread(self._path.exists)

    async def close(self) -> None:
        """Close the file after all that was asked for."""
        if self._thread is not None:
            await self._thread.close()

    async def _is_back(self, source: Source, task_id: TaskId | None) -> bool:
        """Whether a document that was missing could be read again."""
        try:
            await self.index(source, task_id=task_id)
        except UnreadableDocument:
            return False
        return True

    async def _do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function(database, *arguments)`; where the index is damaged, once more on an empty one."""
        if self._thread is None:
            self._thread = DatabaseThread(self._path, "passages", readonly=False, pragmas=tables.PRAGMAS)
        try:
            return await self._thread.do(_on_index, self._path, self._today() - KEPT_DAYS, function, *arguments)
        except StorageBlocked:
            raise
        except StorageFailed as failure:
            logger.info("the index of passages is built anew: %s", failure)
            await self._thread.do(tables.begin_anew, self._path)
            return await self._thread.do(function, *arguments)

    def _today(self) -> int:
        return self._now().toordinal()


def _on_index(database: APSWDatabase, path: Path, since: int, function: Callable[..., T], *arguments: Any) -> T:
    if database.is_closed():
        tables.make_ready(database, path)
        tables.sweep(database, since)
    return function(database, *arguments)


def _look_up(
    database: APSWDatabase, source: Source, today: int, giver: TaskId | None
) -> tuple[tables.Identity, Indexed | None]:
    identity = tables.Identity(key=_key(source), path=_path(source), version=_version(source))
    known = tables.indexed(database, identity, source.name, today)
    if known is not None and giver is not None:
        tables.keep_giver(database, identity.key, giver)
    return identity, known


def _put(
    database: APSWDatabase, name: str, identity: tables.Identity, document: Document, today: int, giver: TaskId | None
) -> Indexed:
    tables.write(database, identity, passages_of(document, name), document.notes, today)
    if giver is not None:
        tables.keep_giver(database, identity.key, giver)
    known = tables.indexed(database, identity, name, today)
    if known is None:
        raise StorageFailed("The index of passages does not keep what is written to it.", hint="Check the disk.")
    return known


def _forget(database: APSWDatabase, identity: tables.Identity) -> None:
    tables.remove(database, identity.key)


def _find(
    database: APSWDatabase, query: str, sources: Sequence[Source], limit: int
) -> tuple[tuple[Passage, ...], list[Source]]:
    keyed = {_key(source): source for source in reversed(sources)}
    found = tables.find(database, query, {key: source.name for key, source in keyed.items()}, limit)
    return found.passages, [keyed[key] for key in found.missing]


def _around(database: APSWDatabase, source: Source, first: int, last: int) -> tuple[Passage, ...] | None:
    return tables.around(database, _key(source), source.name, first, last)


def _key(source: Source) -> str:
    """What tells a document from all others: a file's path; of a given text, what it is."""
    if source.path is not None:
        return f"file:{hashlib.sha256(_path(source) or b'').hexdigest()}"
    text = (source.text or "").encode("utf-8", "replace")
    return f"text:{hashlib.sha256(source.name.encode('utf-8', 'replace') + bytes(1) + text).hexdigest()}"


def _path(source: Source) -> bytes | None:
    return None if source.path is None else source.path.encode("utf-8", "surrogatepass")


def _version(source: Source) -> str:
    """Size and time of a file; one that is missing has none, and reading it says why."""
    if source.path is None:
        return ""
    try:
        found = Path(source.path).stat()
    except (OSError, ValueError):
        return "missing"
    return f"{found.st_size} {found.st_mtime_ns}"
