"""What a reader process and its parent say to each other arrives as it was said."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import Document, Part, Source, UnreadableDocument
from desktop.tools.reading.failure import ReaderFailed
from desktop.tools.reading.messages import (
    document_in,
    failed_answer,
    read_answer,
    refused_answer,
    request_for,
    source_in,
)

ANY_TEXT = st.text(st.characters())  # with halves of characters, as names of files and texts may hold them
PLACES = st.none() | st.integers(1, 10**6)
PARTS = st.builds(Part, text=st.text(), page=PLACES, line=PLACES, label=st.text())


@given(
    st.builds(
        Source,
        name=ANY_TEXT,
        path=st.none() | st.binary().map(os.fsdecode),
        text=st.none() | ANY_TEXT,
        media_type=st.text(),
        size=st.integers(0, 2**40),
    )
)
def test_a_source_arrives_as_it_was_sent(source: Source) -> None:
    assert source_in(request_for(source)) == source


@given(
    st.builds(
        Document,
        name=ANY_TEXT,
        media_type=st.text(),
        parts=st.lists(PARTS).map(tuple),
        notes=st.lists(st.text()).map(tuple),
    ),
    st.integers(1, 50),
)
def test_a_document_arrives_as_it_was_sent_in_pieces_of_any_size(document: Document, size: int) -> None:
    message = read_answer(document)
    pieces = [message[start : start + size] for start in range(0, len(message), size)]
    assert document_in(pieces, document.name) == document


def test_a_refusal_arrives_as_it_was_sent() -> None:
    with pytest.raises(UnreadableDocument, match=r"^a is empty") as caught:
        document_in([refused_answer(UnreadableDocument("a is empty.", hint="Choose b."))], "a")
    assert caught.value.hint == "Choose b."


def test_of_a_long_trace_the_end_arrives() -> None:
    with pytest.raises(ReaderFailed) as caught:
        document_in([failed_answer("x" * 10**6 + "the place")], "a")
    assert str(caught.value).endswith("xthe place")


@given(st.binary())
def test_any_bytes_are_an_answer_or_a_fault(message: bytes) -> None:
    with pytest.raises((ReaderFailed, UnreadableDocument)):
        document_in([message], "a")
