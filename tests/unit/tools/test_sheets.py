"""Sheets show what a person sees in them."""

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlwt

from desktop.tools.reading.number_formats import parse_format
from tests.unit.tools.documents import read, refusal


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("0%", 0.19, "19%"),
        ("0.0 %", -0.075, "-7.5 %"),
        ('#,##0.00\\ "€"', 1234.5, "1234.50 €"),
        ("#,##0.00\\ [$€-407];[Red]\\-#,##0.00\\ [$€-407]", -3.5, "-3.50 €"),
        ('_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-', 7, "7.00 €"),
        ('"$"#,##0', 12.4, "$12"),
        ("$#,##0.00_)", 12.4, "$12.40"),
        ("[$CHF] 0.00", 2, "CHF 2.00"),
        ('0 "€ (with 19%)"', 2, "2 € (with 19%)"),
        ("[$-409]0.00", 2, None),
        ("General", 2, None),
        ("yyyy-mm-dd", 2, None),
        ("0.00E+00", 2, None),
        ("# ?/?", 2, None),
        ('0.0" kg"', 2, None),
        ('#,##0, "€"', 2, None),
        ('"%"', 2, None),
        ("@", 2, None),
        ("", 2, None),
    ],
)
def test_percentages_and_money_have_formats_and_others_stay_as_they_are(
    code: str, value: float, shown: str | None
) -> None:
    found = parse_format(code)
    assert (found.shown(value) if found else None) == shown


def test_xlsx_shows_percentages_and_money_wherever_the_sheet_begins(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["A1"] = 0.19
    made.active["A1"].number_format = "0%"
    other = made.create_sheet("Übersicht & mehr")
    for place, value, code in (
        ("C4", "VAT", "0%"), ("D4", 0.075, "0.0%"), ("E4", 1234.5, '#,##0.00 "€"'), ("AB4", 0.5, "General"),
        ("D6", 0.075, "General"),
    ):  # fmt: skip
        other[place] = value
        other[place].number_format = code
    made.save(tmp_path / "a.xlsx")
    first, second = read(tmp_path / "a.xlsx").parts
    assert (first.text, first.line) == ("19%", 1)
    row, empty, last = second.text.split("\n")
    assert (row.split("\t")[:3], row.split("\t")[-1], second.line) == (["VAT", "7.5%", "1234.50 €"], "0.5", 4)
    assert (empty, last) == ("", "\t0.075")


def test_cells_without_addresses_are_counted(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["x", 0.5])
    made.active["B1"].number_format = "0%"
    made.save(tmp_path / "with.xlsx")
    with zipfile.ZipFile(tmp_path / "with.xlsx") as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(b' r="1"', b"").replace(b' r="A1"', b"").replace(b' r="B1"', b"")
            new.writestr(name, data)
    assert read(tmp_path / "a.xlsx").parts[0].text == "x\t50%"


def test_a_workbook_without_styles_shows_its_numbers(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["A1"] = 0.5
    made.save(tmp_path / "with.xlsx")
    with zipfile.ZipFile(tmp_path / "with.xlsx") as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            if name != "xl/styles.xml":
                new.writestr(name, old.read(name))
    assert read(tmp_path / "a.xlsx").parts[0].text == "0.5"


def test_long_sheets_come_in_parts_that_know_their_rows(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in range(3, 1203):
        made.active.cell(row, 2).value = f"row {row}"
    made.active["B10"].value = None
    made.create_sheet("empty")
    made.create_chartsheet("chart")
    made.save(tmp_path / "a.xlsx")
    parts = read(tmp_path / "a.xlsx").parts
    assert [(part.label, part.line) for part in parts] == [("Sheet", 3), ("Sheet", 503), ("Sheet", 1003)]
    for part in parts:
        assert part.line is not None
        assert part.text.split("\n")[0] == f"row {part.line}"
    assert parts[-1].text.endswith("row 1202")


def test_an_old_excel_file_is_read(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Blatt")
    sheet.write(2, 1, "Größe & < >")
    sheet.write(2, 2, 12)
    sheet.write(3, 1, datetime.datetime(2025, 3, 1), xlwt.easyxf(num_format_str="DD.MM.YYYY"))  # noqa: DTZ001
    sheet.write(3, 2, datetime.datetime(2025, 3, 1, 12, 30), xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM"))  # noqa: DTZ001
    sheet.write(4, 1, "two\nlines")
    made.save(str(tmp_path / "a.xls"))
    part = read(tmp_path / "a.xls").parts[0]
    assert (part.label, part.line) == ("Blatt", 3)
    assert part.text.split("\n") == ["Größe & < >\t12", "2025-03-01\t2025-03-01 12:30:00", "two lines"]


def test_an_encrypted_xlsx_is_told_from_a_broken_one(tmp_path: Path) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    (tmp_path / "a.xlsx").write_bytes(container + "EncryptedPackage".encode("utf-16-le"))
    assert "copy without password" in refusal(tmp_path / "a.xlsx")
    (tmp_path / "b.xls").write_bytes(container + "Workbook".encode("utf-16-le"))
    assert "damaged" in refusal(tmp_path / "b.xls")
    (tmp_path / "c.doc").write_bytes(container + "WordDocument".encode("utf-16-le"))
    assert "type that is not supported" in refusal(tmp_path / "c.doc")


def test_an_encrypted_ods_asks_for_a_copy_without_password(tmp_path: Path) -> None:
    namespace = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    entry = '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">'
    entry += '<manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("META-INF/manifest.xml", f"<manifest:manifest {namespace}>{entry}</manifest:manifest>")
        made.writestr("content.xml", bytes(range(256)))
    assert "copy without password" in refusal(tmp_path / "a.ods")
