"""Percentages and amounts of money in XLSX: a cell holds the number, its style how a person sees it (19 %, 3.50 €).

calamine gives numbers alone, so the formats (ECMA-376, 18.8.30 and 18.8.31) are looked up here.
"""

import posixpath
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

_BUILT_IN = {9: "0%", 10: "0.00%"}
_LITERALS = "$€£¥ -+()"  # these need no quotes
_NUMBER = re.compile(r"[#0?,]*[#0?](?:\.([#0?]+))?")
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|[_*].|(.)', re.S)
_CURRENCY_CODE = re.compile(r"\b[A-Z]{3}\b")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """What stands around a number, and how many decimals it has."""

    before: str
    after: str
    decimals: int
    percent: bool

    def shown(self, value: float) -> str:
        """The number as its cell shows it, with a point and without marks between thousands."""
        if self.percent:
            value *= 100
        text = f"{abs(value):.{self.decimals}f}"
        return f"{'-' if value < 0 else ''}{self.before}{text}{self.after}"


def parse_format(code: str) -> NumberFormat | None:
    """The format of percentages and of money; nothing for others, whose numbers are as good without."""
    pieces = _pieces(code)
    whole = "".join(text if open_ else "\0" * len(text) for text, open_ in pieces)
    found = _NUMBER.search(whole)
    if found is None or re.search(r"[ymdhsEe/@]|[#0?]", whole[: found.start()] + whole[found.end() :]):
        return None
    if whole[found.end() : found.end() + 1] == ",":  # shown in thousands
        return None
    plain = "".join(text for text, _ in pieces)
    before, after = plain[: found.start()].lstrip(), plain[found.end() :].rstrip()
    percent = "%" in whole  # a quoted one is a mere character
    if not percent and not _is_money(before + after):
        return None
    return NumberFormat(before=before, after=after, decimals=len(found[1] or ""), percent=percent)


def _pieces(code: str) -> list[tuple[str, bool]]:
    """The characters of the section for positive numbers, and whether each is part of the format's own language."""
    pieces: list[tuple[str, bool]] = []
    for quoted, escaped, symbol, other in _TOKEN.findall(code):
        if other == ";":
            break
        if other:
            pieces.append((other, other not in _LITERALS))
        elif quoted or escaped or symbol:
            pieces.append((quoted or escaped or symbol, False))
    return pieces


def _is_money(text: str) -> bool:
    return any(unicodedata.category(each) == "Sc" for each in text) or _CURRENCY_CODE.search(text) is not None


class CellFormats:
    """The formats of a workbook's cells, looked up sheet by sheet."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._styles = self._read_styles()
        self._sheets = self._read_sheets() if self._styles else {}

    def _root(self, member: str) -> Any:
        return etree.fromstring(self._archive.read(member), _parser())

    def _read_styles(self) -> dict[str, NumberFormat]:
        if "xl/styles.xml" not in self._archive.namelist():
            return {}
        root = self._root("xl/styles.xml")
        codes = dict(_BUILT_IN)
        for each in root.iterfind("{*}numFmts/{*}numFmt"):
            codes[int(each.get("numFmtId"))] = each.get("formatCode", "")
        cells = enumerate(root.iterfind("{*}cellXfs/{*}xf"))
        found = {str(index): parse_format(codes.get(int(each.get("numFmtId", "0")), "")) for index, each in cells}
        return {index: each for index, each in found.items() if each is not None}

    def _read_sheets(self) -> dict[str, str]:
        relations = self._root("xl/_rels/workbook.xml.rels")
        targets = {each.get("Id"): posixpath.join("/xl", each.get("Target", "")) for each in relations}
        sheets = self._root("xl/workbook.xml").iterfind("{*}sheets/{*}sheet")
        found = {each.get("name"): targets.get(each.get(_RELATION) or each.get(_STRICT_RELATION)) for each in sheets}
        return {name: posixpath.normpath(target).lstrip("/") for name, target in found.items() if name and target}

    def of_sheet(self, name: str) -> dict[tuple[int, int], NumberFormat]:
        """By row and column, both from 0."""
        member = self._sheets.get(name)
        if member is None or member not in self._archive.namelist():
            return {}
        found: dict[tuple[int, int], NumberFormat] = {}
        row_index = -1
        with self._archive.open(member) as file:
            for _, row in etree.iterparse(file, tag="{*}row", resolve_entities=False, no_network=True):
                row_index = int(row.get("r", row_index + 2)) - 1
                column = -1
                for cell in row:
                    column = _column(cell.get("r"), column + 1)
                    style = self._styles.get(cell.get("s", ""))
                    if style is not None:
                        found[row_index, column] = style
                row.clear()
                while row.getprevious() is not None:
                    del row.getparent()[0]
        return found


def _column(reference: str | None, following: int) -> int:
    if not reference:
        return following
    index = 0
    for letter in reference.rstrip("0123456789"):
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True)
