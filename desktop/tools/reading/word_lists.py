"""What stands before the items of a list in DOCX: the file holds the rule, the numbers are counted."""

import re
from typing import Any

from docx.oxml.ns import qn

_ROMAN_VALUES = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
_ROMAN_LETTERS = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
_VAL = qn("w:val")


class ListMarks:
    """Counts the items of every list while the document is walked from its start to its end."""

    def __init__(self, document: Any) -> None:
        self._styles = {each.get(qn("w:styleId")): each for each in document.styles.element.iter(qn("w:style"))}
        self._levels = self._read_levels(document)
        self._counts: dict[tuple[str, int], int] = {}

    @staticmethod
    def _read_levels(document: Any) -> dict[tuple[str, int], tuple[str, str, int]]:
        """By list and level: the format, the pattern, and the number before the first."""
        relations = [each for each in document.part.rels.values() if each.reltype.endswith("/numbering")]
        if not relations:
            return {}
        root = relations[0].target_part.element
        abstract = {each.get(qn("w:abstractNumId")): each for each in root.iter(qn("w:abstractNum"))}
        levels = {}
        for number in root.findall(qn("w:num")):
            link = number.find(qn("w:abstractNumId"))
            rule = abstract.get(link.get(_VAL)) if link is not None else None
            for level in rule.findall(qn("w:lvl")) if rule is not None else ():
                key = (number.get(qn("w:numId")), int(level.get(qn("w:ilvl"), "0")))
                pattern = _value(level, "lvlText", "")
                levels[key] = (_value(level, "numFmt", "decimal"), pattern, int(_value(level, "start", "1")) - 1)
        return levels

    def is_heading(self, paragraph: Any) -> bool:
        """Whether the paragraph's style is one of a heading or title."""
        style = self._style(paragraph)
        name = _value(style, "name", "").lower() if style is not None else ""
        return name == "title" or name.startswith("heading")

    def _style(self, paragraph: Any) -> Any:
        found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return None if found is None else self._styles.get(found.get(_VAL))

    def mark(self, paragraph: Any) -> str:
        """What stands before the paragraph's text, with a space; nothing where it is in no list."""
        rule = self._rule(paragraph)
        if rule is None or rule not in self._levels:
            return ""
        number, level = rule
        kind, pattern, before = self._levels[rule]
        if kind == "none":
            return ""
        if kind == "bullet":
            return "• "
        self._counts[rule] = self._counts.get(rule, before) + 1
        for deeper in range(level + 1, 9):
            self._counts.pop((number, deeper), None)
        return re.sub(r"%([1-9])", lambda found: self._shown(number, int(found[1]) - 1), pattern) + " "

    def _shown(self, number: str, level: int) -> str:
        kind, _, before = self._levels.get((number, level), ("decimal", "", 0))
        return _numeral(self._counts.get((number, level), before + 1), kind)

    def _rule(self, paragraph: Any) -> tuple[str, int] | None:
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        style = self._style(paragraph)
        if own is None and style is not None:
            own = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if own is None:
            return None
        return _value(own, "numId", "0"), int(_value(own, "ilvl", "0"))


def _value(parent: Any, name: str, otherwise: str) -> str:
    found = parent.find(qn(f"w:{name}"))
    return otherwise if found is None else str(found.get(_VAL, otherwise))


def _numeral(count: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman"):
        shown = ""
        for value, letters in zip(_ROMAN_VALUES, _ROMAN_LETTERS, strict=True):
            times, count = divmod(count, value)
            shown += letters * times
        return shown.upper() if kind == "upperRoman" else shown
    return str(count)
