"""PDF, page by page, in the order that pdfium gives."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from desktop.engine import Part, UnreadableDocument
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The pages. Pictures are never decoded; pages without text are noted."""
    notes: list[str] = []
    return Content(parts=_pages(_open(given, name), name, notes), notes=notes)


def _open(given: Path | bytes, name: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(given)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise UnreadableDocument(
                f"{name} is encrypted and was not read; other files go on.",
                hint="Open it with its password, save a copy without password, and choose that.",
            ) from error
        raise UnreadableDocument(
            f"{name} is a broken PDF and was not read; other files go on.",
            hint="Fetch it again, or print it to a new PDF from a program that opens it.",
        ) from error


def _pages(document: pypdfium2.PdfDocument, name: str, notes: list[str]) -> Iterator[Part]:
    empty: list[int] = []
    for index in range(len(document)):
        text = _text(document, index)
        if text.strip():
            yield Part(text=text, page=index + 1)
        else:
            empty.append(index + 1)
    if len(empty) == len(document):
        raise UnreadableDocument(
            f"{name} holds no text: {_count(len(empty))}, only pictures as from a scanner. Other files go on.",
            hint="Run it through text recognition (OCR) and choose the result.",
        )
    if empty:
        notes.append(f"{_listed(empty)} without text (pictures, or empty): not read")


def _text(document: pypdfium2.PdfDocument, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_range()
        finally:
            text_page.close()
    finally:
        page.close()
    # pdfium marks a hyphen at the end of a line with a noncharacter or a control character
    return str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\x02", "-")


def _count(pages: int) -> str:
    return "its only page has none" if pages == 1 else f"all {pages} pages have none"


def _listed(pages: list[int]) -> str:
    """For people: runs of pages are drawn together."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    shown = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
    return f"page {shown}" if len(pages) == 1 else f"pages {shown}"
