"""Which reader a type has, and what its errors mean. Used for files and for what is attached to mail."""

import importlib
from pathlib import Path

from desktop.engine import UnreadableDocument
from desktop.tools import file_kinds as kinds
from desktop.tools.reading.content import Content
from desktop.tools.reading.failure import is_damage
from desktop.tools.reading.limits import Limits, within_limits

_READERS = {
    kinds.PDF: "pdf", kinds.DOCX: "word", kinds.XLSX: "sheets", kinds.XLS: "sheets", kinds.ODS: "sheets",
    kinds.PPTX: "slides", kinds.HTML: "web", kinds.EPUB: "book", kinds.EMAIL: "mail",
}  # fmt: skip


def read_as(media_type: str, given: Path | bytes, name: str, limits: Limits) -> Content:
    """All parts and notes. Raises `UnreadableDocument`, and whatever else a reader did not expect."""
    try:
        module = importlib.import_module(f"desktop.tools.reading.{_READERS.get(media_type, 'plain')}")
        content = module.read(given, name, limits)
        parts = [part for part in within_limits(name, content.parts, limits) if part.text.strip()]
    except UnreadableDocument:
        raise
    except Exception as error:
        if not is_damage(error):
            raise
        raise UnreadableDocument(
            f"{name} is damaged and was not read; other files go on.",
            hint="Open it in the program that made it and save it anew, or save it as PDF, and try again.",
        ) from None  # the parser's message may quote the document
    if not parts:
        hint = "Choose a file that holds text."
        raise UnreadableDocument(f"{name} holds no text; other files go on.", hint=hint)
    return Content(parts=parts, notes=content.notes)
