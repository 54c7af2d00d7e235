"""DOCX. python-docx opens it; its XML is walked here, since its own text leaves out notes, boxes and fields."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.opc.part import Part as PackagePart
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from desktop.engine import Part
from desktop.tools.reading.archive import check_file
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.word_lists import ListMarks

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what Choice said
_BOX = qn("w:txbxContent")
_CHARACTERS = {
    qn("w:tab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "\N{NON-BREAKING HYPHEN}",
    qn("w:softHyphen"): "\N{SOFT HYPHEN}",
}
_SKIPPED = {qn("w:pPr"), qn("w:rPr"), qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), _FALLBACK}
_EXTRAS = ("header", "footer", "footnotes", "endnotes", "comments")
# An lxml element: the library is python-docx's, and brings no types
Element = Any


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """Headers, then the body by its headings, then footers and notes."""
    check_file(given, name)
    document = docx.Document(str(given) if isinstance(given, Path) else BytesIO(given))
    marks = ListMarks(document)
    return Content(parts=_parts(document, marks))


def _parts(document: Any, marks: ListMarks) -> Iterator[Part]:
    extras = {each: list(_extra(document.part, each, marks)) for each in _EXTRAS}
    yield from extras.pop("header")
    yield from _body(document, marks)
    for found in extras.values():
        yield from found


def _extra(main: PackagePart, kind: str, marks: ListMarks) -> Iterator[Part]:
    seen = set()
    for relation in main.rels.values():
        if relation.is_external or not relation.reltype.endswith(f"/{kind}"):
            continue
        text = "\n".join(_blocks(parse_xml(relation.target_part.blob), marks)).strip("\n")
        if text.strip() and text not in seen:  # each section repeats its headers
            seen.add(text)
            yield Part(text=text, label=kind)


def _body(document: Any, marks: ListMarks) -> Iterator[Part]:
    label, lines = "", list[str]()
    for block in document.element.body:
        heading = _heading(block, marks)
        found = list(_blocks_of(block, marks))
        if heading and lines:
            yield Part(text="\n".join(lines), label=label)
            lines = []
        if heading:
            label = " ".join(" ".join(found).split())
        lines += found
    if lines:
        yield Part(text="\n".join(lines), label=label)


def _heading(block: Element, marks: ListMarks) -> bool:
    return block.tag == qn("w:p") and marks.is_heading(block)


def _blocks(parent: Element, marks: ListMarks) -> Iterator[str]:
    for child in parent:
        yield from _blocks_of(child, marks)


def _blocks_of(block: Element, marks: ListMarks) -> Iterator[str]:
    if block.tag in _SKIPPED or not isinstance(block.tag, str):
        return
    if block.tag == qn("w:p"):
        boxes: list[Element] = []
        yield marks.mark(block) + "".join(_inline(block, boxes))
        for box in boxes:
            yield from _blocks(box, marks)
    elif block.tag == qn("w:tbl"):
        for row in block.iter(qn("w:tr")):
            if next(row.iterancestors(qn("w:tbl"))) is block:
                yield _row(row, marks)
    elif block.tag in (qn("w:footnote"), qn("w:endnote")):
        if block.get(qn("w:type")) in (None, "normal"):
            yield f"[{block.get(qn('w:id'))}] " + "\n".join(_blocks(block, marks)).strip()
    else:
        yield from _blocks(block, marks)


def _row(row: Element, marks: ListMarks) -> str:
    cells = [cell for cell in row.iter(qn("w:tc")) if next(cell.iterancestors(qn("w:tr"))) is row]
    return " | ".join("\n".join(_blocks(cell, marks)).strip() for cell in cells)


def _inline(parent: Element, boxes: list[Element]) -> Iterator[str]:
    for child in parent:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in _CHARACTERS:
            yield _CHARACTERS[child.tag]
        elif child.tag in (qn("w:footnoteReference"), qn("w:endnoteReference")):
            yield f"[{child.get(qn('w:id'))}]"
        elif child.tag == qn("w:sym"):
            yield _symbol(child)
        elif child.tag == _BOX:
            boxes.append(child)
        elif child.tag not in _SKIPPED and isinstance(child.tag, str):
            yield from _inline(child, boxes)


def _symbol(element: Element) -> str:
    """A character of a symbol font; those in the private area mean something in that font alone."""
    try:
        code = int(element.get(qn("w:char"), ""), 16)
    except ValueError:
        return ""
    return "" if 0xE000 <= code <= 0xF8FF or code > 0x10FFFF else chr(code)
