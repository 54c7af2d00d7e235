"""What a run has finished, so that nothing finished runs twice."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar, cast, get_type_hints

import msgspec

from desktop.engine.journal_entry import JournalEntry
from desktop.engine.task import Task

T = TypeVar("T")


class Journal:
    """The journal of one run, in memory; whoever adds an entry has recorded it in the store before."""

    def __init__(self, entries: Iterable[JournalEntry] = ()) -> None:
        self._entries = {(entry.step, entry.item): entry for entry in entries}

    def recall(self, step: str, item: str, inputs_hash: str) -> JournalEntry | None:
        """The remembered result of a step or item, None where there is none for these inputs."""
        entry = self._entries.get((step, item))
        return entry if entry is not None and entry.inputs_hash == inputs_hash else None

    def add(self, entry: JournalEntry) -> None:
        """Remember a result that the store has recorded."""
        self._entries[entry.step, entry.item] = entry


def new_entry(task: Task, step: str, item: str, inputs_hash: str, result: object, seconds: float) -> JournalEntry:
    """The entry for a result of the task's current run."""
    return JournalEntry(
        task_id=task.task_id,
        run=task.run,
        step=step,
        item=item,
        inputs_hash=inputs_hash,
        result=msgspec.json.encode(result),
        seconds=seconds,
    )


def hash_inputs(arguments: object) -> str:
    """SHA-256, in hexadecimal, of the arguments as JSON with sorted keys."""
    return hashlib.sha256(msgspec.json.encode(arguments, order="deterministic")).hexdigest()


def decode_result(entry: JournalEntry, function: Callable[..., Awaitable[T]]) -> T:
    """The remembered result as the type that the function says it returns."""
    return cast("T", msgspec.json.decode(entry.result, type=_return_type(function)))


def _return_type(function: Callable[..., Any]) -> Any:
    while isinstance(function, partial):
        function = function.func
    return get_type_hints(function)["return"]
