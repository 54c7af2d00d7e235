import csv
import io
import json

import pytest

from desktop.agents.documents.extraction import Cell, Field, FieldType, Row, Table, table_csv, table_json


def table(*values: object) -> Table:
    fields = tuple(Field(name=f"f{number}") for number in range(len(values)))
    cells = tuple(Cell(value=value, quote="q", page=2, found=True) for value in values)  # type: ignore[arg-type]
    return Table(fields=fields, rows=(Row(file="ä.pdf", cells=cells),))


def cells_of(made: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.decode(), newline="")))


def test_json_has_numbers_as_numbers_and_the_quote_behind_each_cell() -> None:
    made = json.loads(table_json(table(1234.5, 3, "a", True, None)))
    assert made["columns"] == ["file", "f0", "f1", "f2", "f3", "f4"]
    (row,) = made["rows"]
    assert row["file"] == "ä.pdf"
    assert row["f0"] == {"value": 1234.5, "quote": "q", "page": 2, "found": True}
    assert [row[f"f{number}"]["value"] for number in range(5)] == [1234.5, 3, "a", True, None]


def test_csv_has_the_values_alone() -> None:
    assert cells_of(table_csv(table(-1234.5, "a, b", True, None))) == [
        ["file", "f0", "f1", "f2", "f3"],
        ["ä.pdf", "-1234.5", "a, b", "true", ""],
    ]


@pytest.mark.parametrize("attack", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(attack: str) -> None:
    assert cells_of(table_csv(table(attack)))[1][1].startswith("'")


def test_a_files_name_is_made_harmless_too() -> None:
    risky = Table(fields=(Field(name="=f", type=FieldType.TEXT),), rows=(Row(file="=x", cells=(Cell(),)),))
    assert cells_of(table_csv(risky)) == [["file", "'=f"], ["'=x", ""]]
