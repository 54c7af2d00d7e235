"""XLSX, XLS and ODS: every sheet, a line a row."""

import datetime
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import python_calamine as calamine

from desktop.engine import Part, UnreadableDocument
from desktop.tools.reading.archive import check_file, is_archive
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits

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
    return Content(parts=_parts(workbook))


def _parts(workbook: calamine.CalamineWorkbook) -> Iterator[Part]:
    for meta in workbook.sheets_metadata:
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        first = (sheet.start or (0, 0))[0] + 1
        lines: list[str] = []
        for number, row in enumerate(sheet.iter_rows(), 1):
            lines.append("\t".join(map(_shown, row)).rstrip("\t"))
            if len(lines) == _ROWS:
                yield Part(text="\n".join(lines), line=first + number - _ROWS, label=meta.name)
                lines = []
        if lines:
            yield Part(text="\n".join(lines), line=first + max(0, sheet.height - len(lines)), label=meta.name)


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
