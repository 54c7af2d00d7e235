"""XLSX, XLS and ODS: every sheet, a line a row.

In XLSX percentages and amounts of money are shown as their cells show them; in XLS and ODS they are the plain numbers
that the cells hold (0.19 for 19 %), since calamine does not give their formats.
"""

import datetime
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import python_calamine as calamine

from desktop.engine import Part, UnreadableDocument
from desktop.tools.reading.archive import check_file, is_archive, open_archive
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.number_formats import CellFormats, NumberFormat

_ROWS = 500


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The sheets in their order, in parts of at most 500 rows; a part's line is its first row's number."""
    if is_archive(given):
        check_file(given, name)
    try:
        if isinstance(given, Path):
            workbook = calamine.CalamineWorkbook.from_path(given)
        else:
            workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(given))
    except calamine.PasswordError as error:
        raise UnreadableDocument(
            f"{name} is encrypted and was not read; other files go on.",
            hint="Open it with its password, save a copy without password, and choose that.",
        ) from error
    return Content(parts=_parts(workbook, _formats(given)))


def _formats(given: Path | bytes) -> CellFormats | None:
    if not is_archive(given):
        return None
    archive = open_archive(given, "")
    return CellFormats(archive) if "xl/workbook.xml" in archive.namelist() else None


def _parts(workbook: calamine.CalamineWorkbook, formats: CellFormats | None) -> Iterator[Part]:
    for meta in workbook.sheets_metadata:
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        styles = formats.of_sheet(meta.name) if formats is not None else {}
        left = (sheet.start or (0, 0))[1]  # rows come from the first on, columns from the first that holds something
        lines: list[str] = []
        for number, row in enumerate(sheet.iter_rows()):
            cells = (_cell(value, styles.get((number, column))) for column, value in enumerate(row, left))
            line = "\t".join(cells).rstrip("\t")
            if not lines and not line:
                continue  # a part begins with a row that holds something, and knows that row's number
            lines.append(line)
            if len(lines) == _ROWS:
                yield Part(text="\n".join(lines), line=number - _ROWS + 2, label=meta.name)
                lines = []
        if lines:
            yield Part(text="\n".join(lines), line=number - len(lines) + 2, label=meta.name)


def _cell(value: object, style: NumberFormat | None) -> str:
    if style is not None and isinstance(value, float):
        return style.shown(value)
    return _shown(value)


def _shown(value: object) -> str:
    """A cell as a person reads it: whole numbers without a point, midnight without a time."""
    match value:
        case bool():
            return str(value).upper()
        case float():
            return f"{value:.15g}"
        case datetime.datetime():
            midnight = value.time() == datetime.time()
            return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
        case str():
            return value.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")  # a row is a line
        case _:
            return str(value)
