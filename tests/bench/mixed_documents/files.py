"""A paper as a file: what it says, as the programs of people save it."""

import re
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pptx
from pptx.util import Inches

from tests.bench.invoices.files import write_blocks
from tests.bench.invoices.layout import Block
from tests.bench.mixed_documents.documents import Paper

_CELL, _PAGE = " | ", "==="


def write_paper(paper: Paper, folder: Path) -> Path:
    """The paper's file in `folder`."""
    path = folder / paper.file_name
    match paper.format:
        case "xlsx":
            _write_sheets(paper, path)
        case "pptx":
            _write_slides(paper, path)
        case "eml":
            path.write_bytes(_mail(paper).as_bytes(policy=SMTP))
        case "csv":
            path.write_text(paper.text + "\n", encoding="utf-8")
        case _:
            write_blocks(_blocks(paper), path)
    return path


def _pages(paper: Paper) -> list[list[str]]:
    """The paragraphs of each page."""
    return [page.strip().split("\n\n") for page in paper.text.split(f"\n{_PAGE}\n")]


def _rows(paragraph: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in paragraph.split("\n")]


def _blocks(paper: Paper) -> list[Block]:
    made = []
    for number, page in enumerate(_pages(paper)):
        for place, paragraph in enumerate(page):
            new = bool(number) and place == 0
            table = _CELL in paragraph
            made.append(Block(rows=tuple(_rows(paragraph)), page=new) if table else Block(text=paragraph, page=new))
    return made


def _write_sheets(paper: Paper, path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for number, page in enumerate(_pages(paper), start=1):
        sheet = book.create_sheet(f"Sheet {number}")
        for paragraph in page:
            for row in _rows(paragraph):
                sheet.append([_typed(cell) for cell in row])
            sheet.append([])
    book.save(path)


def _typed(cell: str) -> str | float | date | None:
    """The cell as a spreadsheet holds it."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return date.fromisoformat(cell)
    if re.fullmatch(r"-?\d+(\.\d+)?", cell):
        return float(cell) if "." in cell else int(cell)
    return cell or None


def _write_slides(paper: Paper, path: Path) -> None:
    show = pptx.Presentation()
    for page in _pages(paper):
        title, *lines = (line for paragraph in page for line in paragraph.split("\n"))
        slide = show.slides.add_slide(show.slide_layouts[5])  # with a title only
        slide.shapes.title.text = title
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(8), Inches(4))
        box.text_frame.text = "\n".join(line.replace(_CELL, ": ") for line in lines)
    show.save(str(path))


def _mail(paper: Paper) -> EmailMessage:
    heads, _, body = paper.text.partition("\n\n")
    mail = EmailMessage()
    for line in heads.split("\n"):
        name, _, value = line.partition(": ")
        mail[name] = value
    mail.set_content(body + "\n")
    return mail
