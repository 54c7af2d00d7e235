"""Defects that are put into the product on purpose, to see that the instruments here notice them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from desktop.engine import Change, RecordedEvent
from desktop.engine.journal import Journal
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.steps import Steps
from desktop.engine.tool_policy import ToolRules
from desktop.engine.tools import Policy
from desktop.store import files, writes
from desktop.store.sqlite_store import SqliteStore

_LATE_SECONDS: Final = 0.2


def put_in(name: str) -> None:
    """Put the defect of that name into this process."""
    MUTATIONS[name]()


def _results_are_forgotten() -> None:
    """Nothing that a step gave reaches the journal; answers do, or a task would ask for ever."""
    write = writes._write_rest

    def forget(database: Any, number: Any, change: Change) -> Any:
        is_work = change.entry is not None and change.entry.step
        return write(database, number, replace(change, entry=None) if is_work else change)

    writes._write_rest = forget


def _journal_is_not_read() -> None:
    """What is remembered is done again; answers are found."""
    recall = Journal.recall

    def recall_answers(self: Journal, step: str, item: str, inputs_hash: str) -> JournalEntry | None:
        return None if step else recall(self, step, item, inputs_hash)

    Journal.recall = recall_answers  # type: ignore[method-assign]


def _nobody_is_asked() -> None:
    """Whatever a person was to be asked about is done."""
    policy = ToolRules.policy
    allowed = {Policy.ASK: Policy.ALLOW}
    ToolRules.policy = lambda self, tool: allowed.get(found := policy(self, tool), found)  # type: ignore[method-assign]


def _intents_are_not_noted() -> None:
    """That something is about to be done is not in the journal."""
    note = Steps.note

    async def note_the_rest(self: Steps, step: str, item: str, inputs: object, result: object) -> None:
        if not item.startswith("intent"):
            await note(self, step, item, inputs, result)

    Steps.note = note_the_rest  # type: ignore[method-assign]


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
    "nobody is asked": _nobody_is_asked,
    "intents are not noted": _intents_are_not_noted,
    "result and event apart": _result_and_event_apart,
    "everything is done twice": _everything_is_done_twice,
    "accepted before it is kept": _accepted_before_it_is_kept,
    "files are cut short": _files_are_cut_short,
}
