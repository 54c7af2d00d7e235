"""Notes and numbers of lists in DOCX, which stand elsewhere than their text."""

import io
import zipfile
from pathlib import Path

import docx
import pytest

from desktop.tools.reading.word_lists import _numeral
from tests.unit.tools.documents import text_of

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BASE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def word(path: Path, body: str, *, numbering: str = "", endnotes: str = "") -> Path:
    """A document with this body; the template's numbering is replaced where one is given."""
    made, saved = docx.Document(), io.BytesIO()
    made.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                data = f"<w:document {SPACE}><w:body>{body}</w:body></w:document>".encode()
            elif name == "word/numbering.xml" and numbering:
                data = f"<w:numbering {SPACE}>{numbering}</w:numbering>".encode()
            elif name == "word/_rels/document.xml.rels" and endnotes:
                relation = f'<Relationship Id="rIdE" Type="{BASE}/endnotes" Target="endnotes.xml"/></Relationships>'
                data = data.replace(b"</Relationships>", relation.encode())
            new.writestr(name, data)
        if endnotes:
            new.writestr("word/endnotes.xml", f"<w:endnotes {SPACE}>{endnotes}</w:endnotes>")
    return path


def item(text: str, number: int, level: int = 0) -> str:
    rule = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return f"<w:p><w:pPr>{rule}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(at: int, kind: str, pattern: str, start: int = 1) -> str:
    rule = f'<w:start w:val="{start}"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{pattern}"/>'
    return f'<w:lvl w:ilvl="{at}">{rule}</w:lvl>'


def test_endnotes_are_read_where_they_are_referred_to_and_at_the_end(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:t>Claim</w:t></w:r><w:r><w:endnoteReference w:id="2"/></w:r></w:p>'
    notes = '<w:endnote w:id="0" w:type="separator"><w:p/></w:endnote>'
    notes += '<w:endnote w:id="2"><w:p><w:r><w:t>R&amp;D, p. 4</w:t></w:r></w:p></w:endnote>'
    assert text_of(word(tmp_path / "a.docx", body, endnotes=notes)) == "Claim[2]\n[2] R&D, p. 4"


def test_lists_are_numbered_in_romans_letters_and_levels(tmp_path: Path) -> None:
    levels = level(0, "upperRoman", "%1.", 4) + level(1, "lowerLetter", "%2)") + level(2, "decimal", "%1.%2.%3")
    numbering = f'<w:abstractNum w:abstractNumId="1">{levels}</w:abstractNum>'
    numbering += f'<w:abstractNum w:abstractNumId="2">{level(0, "none", "")}</w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    numbering += '<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num><w:num w:numId="3"/>'
    body = item("four", 1) + item("a", 1, 1) + item("b", 1, 1) + item("deep", 1, 2) + item("five", 1)
    body += item("a again", 1, 1) + item("bare", 2) + item("ruleless", 3) + item("unknown", 9)
    assert text_of(word(tmp_path / "a.docx", body, numbering=numbering)).split("\n") == [
        "IV. four", "a) a", "b) b", "IV.b.1 deep", "V. five", "a) a again", "bare", "ruleless", "unknown",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("count", "kind", "shown"),
    [(1994, "lowerRoman", "mcmxciv"), (27, "upperLetter", "AA"), (28, "lowerLetter", "bb"), (7, "ordinal", "7")],
)
def test_numerals_are_those_of_word(count: int, kind: str, shown: str) -> None:
    assert _numeral(count, kind) == shown


def test_special_characters_and_symbols_are_kept_and_deleted_text_is_not(tmp_path: Path) -> None:
    symbol = '<w:sym w:font="Symbol" w:char="{}"/>'
    body = (
        "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:softHyphen/>"
        + symbol.format("03B1") + symbol.format("F0B7") + symbol.format("odd")
        + "</w:r><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"
    )  # fmt: skip
    assert text_of(word(tmp_path / "a.docx", body)) == "a\tb\nc\u2011\u00ad\u03b1new"


def test_tables_within_tables_stay_in_their_cell(tmp_path: Path) -> None:
    def table(*cells: str) -> str:
        return f"<w:tbl><w:tr>{''.join(f'<w:tc>{each}</w:tc>' for each in cells)}</w:tr></w:tbl>"

    def words(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    body = table(words("a"), table(words("b"), words("c")) + words("d"))
    assert text_of(word(tmp_path / "a.docx", body)) == "a | b | c\nd"
