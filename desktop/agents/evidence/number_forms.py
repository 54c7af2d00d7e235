"""Numbers as people write them, in German, English, Swiss and ISO form, and what they stand for.

How a number is read (the sources are CLDR's number patterns for de, de-CH, en and fr, and ISO 80000-1, 7.3.2):

- Apostrophes and (no-break) spaces only ever group thousands: 1'234.50, 1 234,50.
- Two different separators: the last one is the decimal sign, the other one groups: 1.234,50 and 1,234.50.
- One separator twice or more groups, and every group has three digits: 1.234.567 (in India two, but for the last).
  Other shapes (1.2.3) are no numbers.
- One separator once is the decimal sign unless exactly three digits follow one to three: 12,5, 0.125, 1234.567.
- What then remains (1.234 or 1,234) is grouped where a currency stands beside it, since money has two decimals. Else
  the document's own numbers decide: the decimal sign that the certain ones use. Without any, its language decides (a
  point in English or where it is not known, else a comma), so that a German 1.234 is 1234.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from desktop.agents.evidence.language import language_of

Number = int | float

_DIGITS: Final = re.compile(r"\d+(?:[.,'\u2019\u00a0\u2009\u202f]\d+)*")
_SPACED: Final = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?:[.,]\d{1,4})?(?![\d]|[.,]\d)")
_SEPARATOR: Final = re.compile(r"[^\d]")
_GROUPERS: Final = frozenset("'\u2019\u00a0\u2009\u202f ")
_CURRENCY: Final = r"(?:EUR|USD|CHF|GBP|US\$|Fr\.|[€$£¥])"
_CURRENCY_BEFORE: Final = re.compile(rf"{_CURRENCY}[ \u00a0\u202f]?$")
_CURRENCY_BEHIND: Final = re.compile(rf"(?:,[-\u2013])?[ \u00a0\u202f]?{_CURRENCY}(?! ?/)")
_SIGN_BEFORE: Final = re.compile(rf"(?:(?<=^)|(?<=[\s(:|]))[-\u2212\u2013](?:{_CURRENCY}[ \u00a0\u202f]?)?$")
_OPENED: Final = re.compile(rf"\((?:{_CURRENCY}[ \u00a0\u202f]?)?$")
_CLOSED: Final = re.compile(rf"(?:[ \u00a0\u202f]?{_CURRENCY})?\)")
_MINUS_AFTER: Final = re.compile(r"[-\u2212](?=\s|$)")
_MAGNITUDE: Final = re.compile(
    r"(?:[ \u00a0\u202f]?(?:(?P<thousand>thousand|Tausend|[Tt]sd\.)"
    r"|(?P<million>millions?|Millionen|Million|[Mm]io\.?|mn)|(?P<billion>billions?|bn|Milliarden?|[Mm]rd\.?))|(?P<k>[kK])|(?P<m>M)(?=[\s,.;:)]|$))(?!\w)"
)
_MAGNITUDES: Final = {"thousand": 1_000, "k": 1_000, "million": 1_000_000, "m": 1_000_000, "billion": 1_000_000_000}
_SHORT: Final = frozenset({"k", "m"})
"""Magnitudes that are such only behind an amount of money: 5 M may be metres."""
_SHORT_LOOK: Final = 12  # characters that a currency and a sign may take before a number
_POINT_LANGUAGES: Final = frozenset({"", "English"})
"""The languages, of those that are told apart, which write a decimal point; without a language, so does ISO 80000-1."""
MAX_DIGITS: Final = 18  # more is an account or a serial number


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNumber:
    """A number at a place in a text. `text[start:end]` is what was written, sign and magnitude included."""

    start: int
    end: int
    value: Number
    percent: bool = False


def find_numbers(text: str, decimal: str | None = None) -> list[FoundNumber]:
    """All numbers of a text in order; `decimal` is its decimal sign (None: found out from the text itself).

    Digits within a longer sign (INV-2024-001, 12/2024, AB12) are no numbers. Takes time linear in the text's length.
    """
    sign = decimal or decimal_sign(text)
    found = [number for match in _matches(text) if (number := _read(text, match, sign))]
    return sorted(found, key=lambda number: (number.start, -number.end))


def parse_number(written: str, decimal: str = ".") -> Number | None:
    """The value of digits with separators, without sign; None where they are no number.

    `decimal` settles what the shape leaves open (1.234).
    """
    parts = _SEPARATOR.split(written)
    separators = _SEPARATOR.findall(written)
    if sum(map(len, parts)) > MAX_DIGITS:
        return None
    point = _decimal_place(parts, separators, decimal)
    if point is None:
        return None
    whole, fraction = parts[:point], parts[point:]
    if len(whole) > 1 and not _is_grouped(whole):
        return None
    if not fraction:
        return int("".join(whole))
    return float(Decimal(f"{''.join(whole)}.{fraction[0]}"))


def _is_grouped(groups: list[str]) -> bool:
    """Whether digits stand in thousands, or as in India in a thousand and hundreds of it (1,00,000)."""
    first, *middle, last = map(len, groups)
    return last == 3 and ((first <= 3 and set(middle) <= {3}) or (first <= 2 and set(middle) == {2}))


def decimal_sign(text: str) -> str:
    """The decimal sign of a text, by its numbers that can be read in one way only; by its language where none can."""
    votes: Counter[str] = Counter()
    for match in _DIGITS.finditer(text):
        parts, separators = _SEPARATOR.split(match[0]), _SEPARATOR.findall(match[0])
        if separators and not _ambiguous(parts, separators):
            point = _decimal_place(parts, separators, "?")
            if point is not None and point < len(parts) and _stands_alone(text, match.start(), match.end()):
                votes[separators[point - 1]] += 1
            elif point == len(parts) and separators[0] in ".,":
                votes["," if separators[0] == "." else "."] += 1
    if votes["."] == votes[","]:
        return "." if language_of(text) in _POINT_LANGUAGES else ","
    return max(".,", key=lambda mark: votes[mark])


def _decimal_place(parts: list[str], separators: list[str], decimal: str) -> int | None:
    """How many of the parts stand before the decimal sign; all of them where there is none. None: not a number."""
    if not separators:
        return 1
    last = separators[-1]
    others = set(separators[:-1])
    if last in _GROUPERS:
        return len(parts) if len({*others, last}) == 1 else None
    if last in others:
        return len(parts) if len(others) == 1 else None
    if others:
        return len(parts) - 1 if len(others) == 1 else None
    if _ambiguous(parts, separators):
        return 1 if last == decimal else 2
    return 1


def _ambiguous(parts: list[str], separators: list[str]) -> bool:
    if len(separators) != 1 or separators[0] in _GROUPERS:
        return False
    return len(parts[1]) == 3 and 1 <= len(parts[0]) <= 3 and not parts[0].startswith("0")


def _matches(text: str) -> Iterator[re.Match[str]]:
    yield from _DIGITS.finditer(text)
    yield from _SPACED.finditer(text)


def _read(text: str, match: re.Match[str], decimal: str) -> FoundNumber | None:
    start, end = match.span()
    value = parse_number(match[0], "none" if _is_money(text, start, end) else decimal)
    if value is None or not _stands_alone(text, start, end):
        return None
    magnitude = _MAGNITUDE.match(text, end)
    if magnitude and (magnitude.lastgroup not in _SHORT or _is_money(text, start, magnitude.end())):
        scaled = Decimal(str(value)) * _MAGNITUDES[str(magnitude.lastgroup)]
        value = int(scaled) if scaled == int(scaled) else float(scaled)
        end = magnitude.end()
    start, end, negative = _sign(text, start, end, match[0])
    percent = text[end : end + 2].lstrip(" \u00a0\u202f").startswith("%")
    return FoundNumber(start=start, end=end, value=-value if negative else value, percent=percent)


def _is_money(text: str, start: int, end: int) -> bool:
    """Whether a currency stands beside digits: then three digits behind a sign are thousands, not parts of a cent."""
    before = _CURRENCY_BEFORE.search(text[max(0, start - _SHORT_LOOK) : start])
    return bool(before or _CURRENCY_BEHIND.match(text, end))


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 2]
    if before.isalnum() or before == "_":
        return _CURRENCY_BEFORE.search(text[max(0, start - _SHORT_LOOK) : start]) is not None
    if before and before in "-/.,'" and text[start - 2 : start - 1].isalnum():
        return False
    if after[:1].isdecimal() or after[:1] == "_":
        return False
    return not (len(after) == 2 and after[0] in "-/" and after[1].isalnum())


def _sign(text: str, start: int, end: int, digits: str) -> tuple[int, int, bool]:
    lead = text[max(0, start - _SHORT_LOOK) : start]
    if minus := _SIGN_BEFORE.search(lead):
        return start - len(lead) + minus.start(), end, True
    if _MINUS_AFTER.match(text, end):
        return start, end + 1, True
    opened = _OPENED.search(lead)
    closed = _CLOSED.match(text, end)
    if opened and closed and re.search(r"[.,]\d\d$", digits):
        return start - len(lead) + opened.start(), closed.end(), True
    return start, end, False
