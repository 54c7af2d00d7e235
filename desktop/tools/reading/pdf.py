"""PDF, page by page, in the order that pdfium gives."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from desktop.engine import Part, UnreadableDocument
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits

_NAMED = 20


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
        raise _broken(name) from error


def _broken(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is a broken PDF and was not read; other files go on.",
        hint="Fetch it again, or print it to a new PDF from a program that opens it.",
    )


def _pages(document: pypdfium2.PdfDocument, name: str, notes: list[str]) -> Iterator[Part]:
    empty: list[int] = []
    damaged: list[int] = []
    for number in range(1, len(document) + 1):
        try:
            text = _text(document, number - 1)
        except pypdfium2.PdfiumError:
            damaged.append(number)
            continue
        if text.strip():
            yield Part(text=text, page=number)
        else:
            empty.append(number)
    if damaged and len(empty) + len(damaged) == len(document):
        raise _broken(name)
    if len(empty) == len(document):
        raise UnreadableDocument(
            f"{name} holds no text: {_count(len(empty))}, only pictures as from a scanner. Other files go on.",
            hint="Run it through text recognition (OCR) and choose the result.",
        )
    if empty:
        notes.append(f"{_listed(empty)} without text (pictures, or empty): not read")
    if damaged:
        notes.append(f"{_listed(damaged)} damaged: not read")


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
    # pdfium puts one of these in the place of a hyphen and the line end that follows it
    joined = str(text).replace("\ufffe", "-\n").replace("\x02", "-\n")
    return joined.replace("\r\n", "\n").replace("\r", "\n")


def _count(pages: int) -> str:
    return "its only page has none" if pages == 1 else f"all {pages} pages have none"


def _listed(pages: list[int]) -> str:
    """For people: runs of pages are drawn together, and of very many the first ones are named."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    shown = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs[:_NAMED])
    if len(runs) > _NAMED:
        shown += f" and others ({len(pages):,} in all)"
    return f"page {shown}" if len(pages) == 1 else f"pages {shown}"
