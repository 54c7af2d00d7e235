"""What a reader process and its parent say to each other: one record of msgpack a message, behind its length in bytes.

The parent trusts no answer, since a document may have taken the process over: it takes no more bytes than the most
honest answer has, and no record but these.
"""

import os
import struct
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from desktop.engine import Document, Part, Source, UnreadableDocument
from desktop.tools.reading.failure import ReaderFailed
from desktop.tools.reading.limits import Limits

LENGTH: Final = struct.Struct(">Q")
"""What stands before a message."""
_BESIDES_TEXT: Final = 16 * 1024**2
"""Bytes of an answer for what is not text of the document: labels, places, notes."""
_MOST_PARTS: Final = 1_000_000
_LONGEST: Final = 100_000

_Short = Annotated[str, msgspec.Meta(max_length=_LONGEST)]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A source to read, in bytes where its strings may hold halves of characters."""

    name: bytes
    path: bytes | None
    text: bytes | None
    media_type: str
    size: int


class Read(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """A document. Its parts are records in themselves, so that they are decoded one by one."""

    media_type: _Short
    parts: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(max_length=_MOST_PARTS)]
    notes: Annotated[tuple[_Short, ...], msgspec.Meta(max_length=_MOST_PARTS)]


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Why the document can't be read, and the way out."""

    message: _Short
    hint: _Short


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Where a reader met what it does not expect."""

    trace: _Short


_REQUESTS: Final = msgspec.msgpack.Decoder(Request)
_ANSWERS: Final = msgspec.msgpack.Decoder(Read | Refused | Failed)
_PARTS: Final = msgspec.msgpack.Decoder(Part)


def most_bytes(limits: Limits) -> int:
    """The size of the longest answer that is believed."""
    return limits.max_text_bytes + _BESIDES_TEXT


def request_for(source: Source) -> bytes:
    """The message that asks for a source."""
    return msgspec.msgpack.encode(
        Request(
            name=source.name.encode("utf-8", "surrogatepass"),
            path=None if source.path is None else os.fsencode(source.path),
            text=None if source.text is None else source.text.encode("utf-8", "surrogatepass"),
            media_type=source.media_type,
            size=source.size,
        )
    )


def source_in(message: bytes) -> Source:
    """The source that a message asks for."""
    request = _REQUESTS.decode(message)
    return Source(
        name=request.name.decode("utf-8", "surrogatepass"),
        path=None if request.path is None else os.fsdecode(request.path),
        text=None if request.text is None else request.text.decode("utf-8", "surrogatepass"),
        media_type=request.media_type,
        size=request.size,
    )


def read_answer(document: Document) -> bytes:
    """The message that holds a document."""
    parts = tuple(msgspec.Raw(msgspec.msgpack.encode(part)) for part in document.parts)
    return msgspec.msgpack.encode(Read(media_type=document.media_type, parts=parts, notes=document.notes))


def refused_answer(error: UnreadableDocument) -> bytes:
    """The message that holds a refusal."""
    return msgspec.msgpack.encode(Refused(message=error.message, hint=error.hint))


def failed_answer(trace: str) -> bytes:
    """The message that tells of a reader's fault; of a long trace it holds the end."""
    return msgspec.msgpack.encode(Failed(trace=trace[-_LONGEST:]))


def document_in(message: Iterable[bytes], name: str) -> Document:
    """The document that an answer, given in pieces, holds.

    Raises the `UnreadableDocument` that it holds instead, and `ReaderFailed` for a fault and for what is no answer.
    """
    try:
        answer = _ANSWERS.decode(b"".join(message))
        if isinstance(answer, Read):
            parts = tuple(_PARTS.decode(each) for each in answer.parts)
            return Document(name=name, media_type=answer.media_type, parts=parts, notes=answer.notes)
    except (ValueError, RecursionError) as error:  # the message of the error might quote the document
        raise ReaderFailed(f"It sent what is no answer ({type(error).__name__}).") from None
    if isinstance(answer, Refused):
        raise UnreadableDocument(answer.message, hint=answer.hint)
    raise ReaderFailed(answer.trace)
