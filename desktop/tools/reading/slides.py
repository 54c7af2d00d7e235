"""PPTX, slide by slide: text, tables, groups and notes."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pptx

from desktop.engine import Part
from desktop.tools.reading.archive import check_file
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The slides, numbered as pages; notes name the slides with charts or drawings that hold no text here."""
    check_file(given, name)
    notes: list[str] = []
    presentation = pptx.Presentation(str(given) if isinstance(given, Path) else BytesIO(given))
    return Content(parts=_slides(presentation, notes), notes=notes)


def _slides(presentation: Any, notes: list[str]) -> Iterator[Part]:
    for number, slide in enumerate(presentation.slides, 1):
        title = slide.shapes.title
        label = " ".join(title.text_frame.text.split()) if title is not None else ""
        lines = list(_lines(slide.shapes))
        if any(getattr(shape, "has_chart", False) for shape in slide.shapes):
            notes.append(f"slide {number} holds a chart: not read")
        yield Part(text=_clean(lines), page=number, label=label)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield Part(text=_clean([slide.notes_slide.notes_text_frame.text]), page=number, label="notes")


def _clean(lines: list[str]) -> str:
    return "\n".join(lines).replace("\v", "\n")  # a line break within a paragraph


def _lines(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _lines(shape.shapes)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield " | ".join(cell.text_frame.text for cell in row.cells)
        elif shape.has_text_frame:
            yield shape.text_frame.text
