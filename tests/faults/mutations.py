"""Defects that are put into the product on purpose, to see that the instruments here notice them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from desktop.engine.journal import Journal
from desktop.store import writes


def put_in(name: str) -> None:
    """Put the defect of that name into this process."""
    MUTATIONS[name]()


def _forget_results() -> None:
    """Nothing reaches the journal."""
    record = writes._write_rest

    def without(database: Any, number: int, change: Any) -> Any:
        return record(database, number, replace(change, entry=None))

    writes._write_rest = without


def _repeat_work() -> None:
    """What the journal remembers is not looked up."""
    Journal.recall = lambda *_: None  # type: ignore[method-assign,assignment]


MUTATIONS: dict[str, Callable[[], None]] = {"forget results": _forget_results, "repeat work": _repeat_work}
