"""Paragraphs and tables as a file: PDF, DOCX, HTML or text."""

from html import escape
from pathlib import Path

from docx import Document
from fpdf import FPDF

from tests.bench.invoices.bill import Bill
from tests.bench.invoices.layout import Block, blocks


def write_bill(bill: Bill, folder: Path, index: int) -> Path:
    """The invoice's file in `folder`."""
    path = folder / f"{index:03d}.{bill.format}"
    write_blocks(blocks(bill), path)
    return path


def write_blocks(made: list[Block], path: Path) -> None:
    """The blocks as a file of the kind that its name says; text where that is no other."""
    match path.suffix.removeprefix("."):
        case "pdf":
            path.write_bytes(_pdf(made))
        case "docx":
            _docx(made, path)
        case "html":
            path.write_text(_html(made), encoding="utf-8")
        case _:
            path.write_text(_text(made), encoding="utf-8")


def _pdf(made: list[Block]) -> bytes:
    pdf = FPDF()
    pdf.core_fonts_encoding = "cp1252"  # the core fonts' own, with umlauts and the euro sign
    pdf.add_page()
    pdf.set_font("Helvetica", size=10)
    for block in made:
        if block.page:
            pdf.add_page()
        if block.text:
            pdf.multi_cell(0, 6, block.text, new_x="LMARGIN", new_y="NEXT")
        for row in block.rows:
            width = pdf.epw / len(row)
            for place, cell in enumerate(row):
                pdf.cell(width, 6, cell, align="R" if place and len(row) > 2 else "L")
            pdf.ln()
        pdf.ln(2)
    return bytes(pdf.output())


def _docx(made: list[Block], path: Path) -> None:
    document = Document()
    for block in made:
        if block.page:
            document.add_page_break()
        if block.text:
            document.add_paragraph(block.text)
        if block.rows:
            table = document.add_table(rows=0, cols=len(block.rows[0]))
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    document.save(str(path))


def _html(made: list[Block]) -> str:
    pieces = []
    for block in made:
        if block.text:
            pieces.append(f"<p>{escape(block.text)}</p>")
        if block.rows:
            cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in block.rows)
            pieces.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
    return '<!doctype html><meta charset="utf-8"><body>' + "\n".join(pieces) + "</body>"


def _text(made: list[Block]) -> str:
    lines: list[str] = []
    for block in made:
        if block.text:
            lines += [block.text, ""]
        for row in block.rows:
            lines.append("".join(cell.ljust(28) for cell in row[:-1]) + row[-1])
        if block.rows:
            lines.append("")
    return "\n".join(lines)
