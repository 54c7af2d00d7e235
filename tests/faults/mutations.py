"""Defects that are put into the product on purpose, to see that the instruments here notice them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from desktop.engine import Change, RecordedEvent
from desktop.engine.journal import Journal
from desktop.engine.steps import Steps
from desktop.store import files, writes
from desktop.store.sqlite_store import SqliteStore

_LATE_SECONDS: Final = 0.2


def put_in(name: str) -> None:
    """Put the defect of that name into this process."""
    MUTATIONS[name]()


def _results_are_forgotten() -> None:
    """Nothing reaches the journal."""
    write = writes._write_rest
    writes._write_rest = lambda database, number, change: write(database, number, replace(change, entry=None))


def _journal_is_not_read() -> None:
    """What is remembered is done again."""
    Journal.recall = lambda *_: None  # type: ignore[method-assign,assignment]


def _result_and_event_apart() -> None:
    """A result is written in one transaction, and that it is there in another."""
    record = SqliteStore.record

    async def apart(self: SqliteStore, change: Change) -> tuple[RecordedEvent, ...]:
        await record(self, replace(change, events=(), measurement=None))
        if change.entry is not None:
            await asyncio.sleep(_LATE_SECONDS)
        return await record(self, replace(change, entry=None))

    SqliteStore.record = apart  # type: ignore[method-assign]


def _everything_is_done_twice() -> None:
    """Each attempt does its work two times."""
    attempt = Steps._try

    async def twice(self: Steps, name: str, function: Callable[..., Awaitable[Any]], *arguments: object) -> Any:
        await attempt(self, name, function, *arguments)
        return await attempt(self, name, function, *arguments)

    Steps._try = twice  # type: ignore[method-assign,assignment]


def _accepted_before_it_is_kept() -> None:
    """A task is written a moment after it was accepted."""
    add = SqliteStore.add
    late: set[asyncio.Task[Any]] = set()

    async def write_late(self: SqliteStore, change: Change) -> None:
        await asyncio.sleep(_LATE_SECONDS)
        await add(self, change)

    async def answer(self: SqliteStore, change: Change) -> tuple[RecordedEvent, ...]:
        late.add(asyncio.create_task(write_late(self, change)))
        return ()

    SqliteStore.add = answer  # type: ignore[method-assign]


def _files_are_cut_short() -> None:
    """A file loses its last byte on the way to the disk."""
    write = files._write
    files._write = lambda folder, path, content: write(folder, path, content[:-1])


MUTATIONS: Final[dict[str, Callable[[], None]]] = {
    "results are forgotten": _results_are_forgotten,
    "the journal is not read": _journal_is_not_read,
    "result and event apart": _result_and_event_apart,
    "everything is done twice": _everything_is_done_twice,
    "accepted before it is kept": _accepted_before_it_is_kept,
    "files are cut short": _files_are_cut_short,
}
