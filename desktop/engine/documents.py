"""Documents as the engine knows them, and the port through which they are read.

Documents are hostile input: whoever implements `DocumentReader` opens them outside of this process.
"""

from dataclasses import dataclass
from typing import Protocol

from desktop.engine.task import Input


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a document that has a place: a page, a sheet, a slide, a section, or a text from line `line` on."""

    text: str
    page: int | None = None  # 1 for the first page (or slide)
    line: int | None = None  # number of the text's first line in the file, 1 for the first
    label: str = ""  # sheet, slide title, section, mail header…


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document's text, faithful to the character, in reading order."""

    name: str  # as a person calls it; relative to the folder where it came from one
    media_type: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()  # what could not be read: "page 3 holds a picture without text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document to read: an input, or one file of a folder that was given."""

    name: str
    path: str | None  # absolute; None where `text` is given
    text: str | None
    media_type: str  # by its name; empty where not known
    size: int  # bytes


class DocumentReader(Protocol):
    """Finds and reads documents. Bad files raise `UnreadableDocument`; they never take the process with them."""

    async def sources(self, inputs: tuple[Input, ...]) -> tuple[Source, ...]:
        """The documents behind the inputs, folders opened, in a stable order; nothing is read yet.

        Raises `UnreadableDocument` for an input that is missing or may not be read.
        """

    async def read(self, source: Source) -> Document:
        """The document's text. Raises `UnreadableDocument` with the way out in its hint."""

    async def close(self) -> None:
        """End the reader processes."""
