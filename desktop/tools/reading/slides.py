"""PPTX, slide by slide: text, tables, groups, SmartArt and notes."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pptx
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from desktop.engine import Part
from desktop.tools.reading.archive import check_file
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits

_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The slides, numbered as pages; notes name the slides with charts or drawings that are not read."""
    check_file(given, name)
    notes: list[str] = []
    presentation = pptx.Presentation(str(given) if isinstance(given, Path) else BytesIO(given))
    return Content(parts=_slides(presentation, notes), notes=notes)


def _slides(presentation: Any, notes: list[str]) -> Iterator[Part]:
    for number, slide in enumerate(presentation.slides, 1):
        title = slide.shapes.title
        label = " ".join(title.text_frame.text.split()) if title is not None else ""
        unread: list[str] = []
        yield Part(text=_clean(list(_lines(slide.shapes, unread))), page=number, label=label)
        notes += [f"slide {number} holds {each}: not read" for each in dict.fromkeys(unread)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield Part(text=_clean([slide.notes_slide.notes_text_frame.text]), page=number, label="notes")


def _clean(lines: list[str]) -> str:
    return "\n".join(lines).replace("\v", "\n")  # a line break within a paragraph


def _lines(shapes: Iterable[Any], unread: list[str]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _lines(shape.shapes, unread)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield " | ".join(cell.text_frame.text for cell in row.cells)
        elif getattr(shape, "has_chart", False):
            unread.append("a chart")
        elif shape.has_text_frame:
            yield shape.text_frame.text
        else:
            yield from _diagram(shape, unread)


def _diagram(shape: Any, unread: list[str]) -> Iterator[str]:
    """The points of a SmartArt drawing, which stand in a part of their own, in their order there."""
    for link in shape.element.iter(f"{_DIAGRAM}relIds"):
        try:
            data = parse_xml(shape.part.related_part(link.get(qn("r:dm"))).blob)
        except KeyError:
            unread.append("a drawing whose text is missing")
            continue
        for text in data.iter(f"{_DIAGRAM}t"):
            for paragraph in text.iter(qn("a:p")):
                line = "".join(each.text or "" for each in paragraph.iter(qn("a:t")))
                if line.strip():
                    yield line
