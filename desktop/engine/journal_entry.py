"""One remembered result of a step or an item."""

from dataclasses import dataclass

from desktop.engine.identifiers import RunNumber, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A finished step (`item` is empty) or item, with its result as JSON."""

    task_id: TaskId
    run: RunNumber
    step: str
    item: str  # the item's key within the step, "" for the step itself
    inputs_hash: str  # SHA-256 of the inputs; a result is only reused for the same ones
    result: bytes  # JSON
    seconds: float
