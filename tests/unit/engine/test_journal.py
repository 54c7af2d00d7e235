"""What finished is remembered for the same inputs only."""

from dataclasses import dataclass
from functools import partial

from desktop.engine.identifiers import TaskId
from desktop.engine.journal import Journal, decode_result, hash_inputs
from desktop.engine.journal_entry import JournalEntry
from desktop.engine.task import RunNumber


@dataclass(frozen=True)
class Note:
    text: str
    page: int


def entry(inputs: object, result: bytes = b"null") -> JournalEntry:
    return JournalEntry(
        task_id=TaskId("t"),
        run=RunNumber(1),
        step="note",
        item="0",
        inputs_hash=hash_inputs(inputs),
        result=result,
        seconds=1,
    )


def test_a_result_is_recalled_for_the_inputs_it_was_made_from_and_no_others() -> None:
    journal = Journal([entry(["page one"])])
    assert journal.recall("note", "0", hash_inputs(["page one"])) is not None
    assert journal.recall("note", "0", hash_inputs(["page two"])) is None
    assert journal.recall("note", "1", hash_inputs(["page one"])) is None
    journal.add(entry(["page two"]))
    assert journal.recall("note", "0", hash_inputs(["page two"])) is not None


def test_the_order_of_keys_does_not_matter_to_the_hash() -> None:
    assert hash_inputs({"a": 1, "b": 2}) == hash_inputs({"b": 2, "a": 1})


async def take_note(prefix: str, text: str) -> tuple[Note, ...]:
    return (Note(prefix + text, 1),)


def test_a_result_comes_back_as_the_type_that_its_function_returns() -> None:
    remembered = entry([], b'[{"text":"a","page":2}]')
    assert decode_result(remembered, partial(take_note, "x")) == (Note("a", 2),)
