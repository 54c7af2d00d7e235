"""What each format must not lose, read in this process: the pool is tested with the contract."""

import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx.util import Inches

from desktop.tools.reading.pieces import pieces
from tests.unit.tools.documents import mail, pdf, read, refusal, text_of

# Characters that XML 1.0 can hold; what counts as a space is told apart by other tests
WORDS = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=40
)
AGAIN = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_pdf_is_read_page_by_page_with_entities_and_umlauts(tmp_path: Path) -> None:
    document = read(pdf(tmp_path / "a.pdf", "R&D costs: 1 < 2", "", "Übergröße für 3,50"))
    assert [(part.page, part.text.strip()) for part in document.parts] == [
        (1, "R&D costs: 1 < 2"),
        (3, "Übergröße für 3,50"),
    ]
    assert document.notes == ("page 2 without text (pictures, or empty): not read",)


def test_a_pdf_without_text_says_how_many_pages_have_none(tmp_path: Path) -> None:
    message = refusal(pdf(tmp_path / "scan.pdf", "", "", ""))
    assert "all 3 pages" in message
    assert "OCR" in message


def test_an_encrypted_pdf_asks_for_a_copy_without_password(tmp_path: Path) -> None:
    assert "copy without password" in refusal(pdf(tmp_path / "a.pdf", "secret", password="x"))  # noqa: S106


def test_a_broken_pdf_is_told_from_an_encrypted_one(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    assert "broken PDF" in refusal(tmp_path / "a.pdf")


def test_a_pdf_named_txt_is_read_as_what_it_is(tmp_path: Path) -> None:
    assert "Hello" in text_of(pdf(tmp_path / "a.txt", "Hello"))


def test_word_keeps_order_tables_lists_headers_and_entities(tmp_path: Path) -> None:
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = "Header R&D"
    made.sections[0].footer.paragraphs[0].text = "Footer 1 < 2"
    made.add_heading("Prices", 1)
    made.add_paragraph("Before the table")
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Größe", "12"
    made.add_paragraph("first", style="List Number")
    made.add_paragraph("second", style="List Number")
    made.add_paragraph("dot", style="List Bullet")
    made.save(str(tmp_path / "a.docx"))
    document = read(tmp_path / "a.docx")
    assert [part.label for part in document.parts] == ["header", "Prices", "footer"]
    assert document.parts[1].text.split("\n") == [
        "Prices", "Before the table", "Größe | 12", "1. first", "2. second", "• dot",
    ]  # fmt: skip
    assert document.parts[2].text == "Footer 1 < 2"


def test_word_reads_footnotes_and_text_boxes(tmp_path: Path) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("Claim")
    made.save(str(tmp_path / "plain.docx"))
    assert paragraph.text == "Claim"
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    notes = f'<w:footnotes {space}><w:footnote w:id="-1" w:type="separator"><w:p/></w:footnote>'
    notes += '<w:footnote w:id="2"><w:p><w:r><w:t>See p. 4 &amp; 5</w:t></w:r></w:p></w:footnote></w:footnotes>'
    box = '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:pict><w:txbxContent><w:p><w:r>'
    box += "<w:t>In a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    with zipfile.ZipFile(tmp_path / "plain.docx") as old, zipfile.ZipFile(tmp_path / "a.docx", "w") as new:
        for name in old.namelist():
            data = old.read(name).decode("utf-8") if name.endswith((".xml", ".rels")) else ""
            if name == "word/document.xml":
                data = data.replace("</w:p>", box, 1)
            elif name == "word/_rels/document.xml.rels":
                relation = f'<Relationship Id="rIdF" Type="{base}" Target="footnotes.xml"/>'
                data = data.replace("</Relationships>", f"{relation}</Relationships>")
            elif name == "[Content_Types].xml":
                data = data.replace(
                    "</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
                )
            new.writestr(name, data or old.read(name))
        new.writestr("word/footnotes.xml", notes)
    assert text_of(tmp_path / "a.docx").split("\n") == ["Claim[2]", "In a box", "[2] See p. 4 & 5"]


def test_sheets_show_numbers_dates_and_row_numbers_as_a_person_sees_them(tmp_path: Path) -> None:
    import datetime

    made = openpyxl.Workbook()
    made.active.title = "Übersicht"
    made.active.append(["R&D", 3, 2.5, True, datetime.date(2025, 3, 1)])
    other = made.create_sheet("Second")
    other["B3"] = 0.1
    made.save(tmp_path / "a.xlsx")
    parts = read(tmp_path / "a.xlsx").parts
    assert (parts[0].label, parts[0].text, parts[0].line) == ("Übersicht", "R&D\t3\t2.5\tTRUE\t2025-03-01", 1)
    assert (parts[1].label, parts[1].text.strip(), parts[1].line) == ("Second", "0.1", 3)


def test_an_ods_sheet_is_read(tmp_path: Path) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="Blatt"><table:table-row>'
        '<table:table-cell office:value-type="string"><text:p>1 &lt; 2 ß</text:p></table:table-cell></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("META-INF/manifest.xml", "<manifest/>")
        made.writestr("content.xml", content)
    part = read(tmp_path / "a.ods").parts[0]
    assert (part.label, part.text) == ("Blatt", "1 < 2 ß")


def test_slides_keep_numbers_tables_groups_and_notes(tmp_path: Path) -> None:
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "One"
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Two & more"
    table = slide.shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
    box = slide.shapes.add_group_shape().shapes.add_textbox(0, 0, 100, 100)
    box.text_frame.text = "grouped"
    slide.notes_slide.notes_text_frame.text = "spoken"
    made.save(str(tmp_path / "a.pptx"))
    parts = read(tmp_path / "a.pptx").parts
    assert [(part.page, part.label, part.text) for part in parts] == [
        (1, "One", "One"),
        (2, "Two & more", "Two & more\na | b\ngrouped"),
        (2, "notes", "spoken"),
    ]


def test_html_shows_what_a_browser_shows(tmp_path: Path) -> None:
    (tmp_path / "a.htm").write_bytes(
        '<html><head><meta charset="iso-8859-1"><title>T</title><style>x{}</style></head><body>'
        "<p>R&amp;D  is\n <b>b</b>old: 1 &lt; 2"
        "<p>Größe<script>no()</script><ul><li>one<li>two</ul><ol><li>first</ol><table><tr><td>a<td><p>b</p></tr></table>"
        "<pre>x\n  y</pre></body></html>".encode("latin-1")
    )
    assert text_of(tmp_path / "a.htm").split("\n") == [
        "T", "R&D is bold: 1 < 2", "Größe", "- one", "- two", "1. first", "a | b", "x", "  y",
    ]  # fmt: skip


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as made:
        made.writestr("mimetype", "application/epub+zip")
        made.writestr("META-INF/container.xml", '<container><rootfile full-path="o/p.opf"/></container>')
        items = '<item id="a" href="a%20a.xhtml"/><item id="b" href="b.xhtml"/><item id="c" href="gone.xhtml"/>'
        spine = '<itemref idref="b"/><itemref idref="a"/><itemref idref="c"/>'
        made.writestr("o/p.opf", f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>")
        made.writestr("o/a a.xhtml", "<html><head><title/></head><body><p>Second &amp; last</p></body></html>")
        made.writestr("o/b.xhtml", "<html><body><h1>First</h1></body></html>")
    document = read(tmp_path / "a.epub")
    assert [part.text for part in document.parts] == ["First", "Second & last"]
    assert document.notes == ("chapter o/gone.xhtml is missing in the file",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_in_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = "Größe über Maß: naïve Straße, schöne Grüße aus Köln\nzweite Zeile\n" * 3
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert read(tmp_path / "a.txt").parts[0].text == text


@given(st.text(max_size=300), st.integers(0, 1500))
def test_pieces_put_together_are_the_text_and_know_their_lines(text: str, lines: int) -> None:
    whole = text + "line\n" * lines + "x" * (lines * 100)
    found = list(pieces(whole))
    assert "".join(part.text for part in found) == whole
    at = 0
    for part in found:
        assert part.line == whole.count("\n", 0, at) + 1
        assert part.text.count("\n") <= 500
        at += len(part.text)


@AGAIN
@given(WORDS)
def test_any_characters_come_back_from_every_format(tmp_path: Path, words: str) -> None:
    document = docx.Document()
    document.add_paragraph(words)
    document.save(str(tmp_path / "a.docx"))
    assert text_of(tmp_path / "a.docx") == words
    book = openpyxl.Workbook()
    book.active["A1"].value = words
    book.active["A1"].data_type = "s"
    book.save(tmp_path / "a.xlsx")
    assert text_of(tmp_path / "a.xlsx") == words
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = words
    slides.save(str(tmp_path / "a.pptx"))
    assert text_of(tmp_path / "a.pptx") == words
    (tmp_path / "a.csv").write_text(words, encoding="utf-8")
    assert text_of(tmp_path / "a.csv") == words
    escaped = words.replace("&", "&amp;").replace("<", "&lt;")
    (tmp_path / "a.html").write_text(f"<p>{escaped}</p>", encoding="utf-8")
    assert text_of(tmp_path / "a.html") == words
    (tmp_path / "a.eml").write_bytes(mail(words).as_bytes())
    assert text_of(tmp_path / "a.eml").endswith(f"\n\n{words}\n")


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", b" " * 40 * 1024**2)
    assert "zip bomb" in refusal(tmp_path / "a.docx")


def test_xml_entities_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as made:
        made.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    assert "XML entities" in refusal(tmp_path / "a.docx")


def test_other_bad_files_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 9)
    assert "binary data" in refusal(tmp_path / "b.txt")
    (tmp_path / "e.txt").touch()
    assert "is empty" in refusal(tmp_path / "e.txt")
    (tmp_path / "s.txt").write_text(" \n")
    assert "holds no text" in refusal(tmp_path / "s.txt")
    (tmp_path / "x.bin").write_bytes(b"abc")
    assert "Supported are PDF" in refusal(tmp_path / "x.bin")
    (tmp_path / "d.docx").write_bytes(b"abc")
    assert "damaged" in refusal(tmp_path / "d.docx")
    (tmp_path / "cut.docx").write_bytes(b"PK\x03\x04 cut short")
    assert "damaged" in refusal(tmp_path / "cut.docx")
    (tmp_path / "x.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    assert "copy without password" in refusal(tmp_path / "x.docx")


def test_too_much_text_says_how_much_and_the_way_out(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(200 * 1024**2)
    (tmp_path / "more.txt").write_text("word " * 300_000)
    for name, size in (("big.txt", "200 MB"), ("more.txt", "more than 1.")):
        message = refusal(tmp_path / name)
        assert size in message
        assert "tokens" in message
        assert "Split it" in message
