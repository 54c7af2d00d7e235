"""Dates as people write them, in words and in numerals, in English and German, and the days that they stand for.

How a date is read (the sources are ISO 8601-1 for the year first, DIN 5008 and CLDR's date patterns for de, en-GB and
en-US for the others):

- The year first: year, month, day, with whichever sign between them.
- A month in words: there is nothing to decide.
- Numerals with points: day, month, year (DIN 5008).
- Numerals with slashes or hyphens: as the document's own dates say. One whose first number is above 12 shows that the
  day goes first, one whose second is, that the month does. Without such, a month in words shows the order (March 5 or
  5 March), then a dollar amount in a text that may be English speaks for the month first; otherwise the day goes first.
- Two-digit years: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999 (POSIX strptime).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from desktop.agents.evidence.language import language_of

_NAMES: Final = (
    # English, German, French, Spanish, Italian, Dutch, Portuguese (CLDR), and what German and English shorten them to
    "january januar jänner jan janvier enero gennaio januari janeiro",
    "february februar feber feb février febrero febbraio februari fevereiro",
    "march märz maerz mar mär mrz mars marzo maart março",
    "april apr avril abril aprile",
    "may mai mayo maggio mei maio",
    "june juni jun juin junio giugno junho",
    "july juli jul juillet julio luglio julho",
    "august aug août agosto augustus",
    "september sept sep septembre septiembre settembre setembro",
    "october oktober okt oct octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dezember dez dec décembre diciembre dicembre dezembro",
)
MONTHS: Final = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_MONTH: Final = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?!\w)\.?"
_GAP: Final = r"[ \t\u00a0\u202f]{0,3}(?:\n[ \t]{0,3})?"
_YEAR: Final = r"(?P<year>\d{4}|['\u2019]?\d{2})(?!\d|[.,:]\d)"
_DAY_WORDS: Final = re.compile(
    rf"(?<![\w.])(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?(?:{_GAP}(?:(?:day{_GAP})?of|de))?(?:{_GAP}|[-\u2013/]){_MONTH}"
    rf"(?:{_GAP}|[-\u2013/]),?{_GAP}(?:del?{_GAP})?{_YEAR}",
    re.IGNORECASE,
)
_WORDS_DAY: Final = re.compile(
    rf"(?<!\w){_MONTH}{_GAP}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,{_GAP}|[ \u00a0]){_YEAR}", re.IGNORECASE
)
_YEAR_FIRST: Final = re.compile(
    r"(?<![\w.,/-])(?P<year>[12]\d{3})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?![\d]|[-/]\w)"
)
_YEAR_LAST: Final = re.compile(
    r"(?:(?<![\w,/-])(?<!\d\.)|(?<=\d{4}-))(?P<first>\d{1,2})(?P<sign>[-/.])[ \u00a0]?(?P<second>\d{1,2})(?P=sign)"
    r"[ \u00a0]?(?P<year>\d{4}|\d{2})(?![\d]|/\w|-(?!\d{1,2}[-/.]\d{1,2}[-/.]\d)\w|\.\d|,\d(?!\d?:\d))"
)
_APOSTROPHES: Final = "'\u2019"
_DOLLARS: Final = re.compile(r"\$|USD")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDate:
    """A date at a place in a text. `text[start:end]` is what was written."""

    start: int
    end: int
    value: date
    short: bool = False  # the year has two digits


def find_dates(text: str, *, day_first: bool | None = None) -> list[FoundDate]:
    """All full dates of a text in order; `day_first` None: found out from the text itself. Linear in its length."""
    order = puts_day_first(text) if day_first is None else day_first
    found: dict[int, FoundDate] = {}
    for pattern in (_DAY_WORDS, _WORDS_DAY, _YEAR_FIRST, _YEAR_LAST):
        for match in pattern.finditer(text):
            day = _day(match, order)
            if day and match.start() not in found:
                short = len(match["year"].strip(_APOSTROPHES)) == 2
                found[match.start()] = FoundDate(start=match.start(), end=match.end(), value=day, short=short)
    return _without_overlaps(sorted(found.values(), key=lambda each: (each.start, -each.end)))


def as_birthday(day: FoundDate, others: Sequence[FoundDate]) -> date:
    """The day of somebody's birth: with a year of two digits, in the century that puts it before the others' latest."""
    latest = max((other.value for other in others if not other.short), default=day.value)
    return day.value.replace(year=day.value.year - 100) if day.short and day.value > latest else day.value


def puts_day_first(text: str) -> bool:
    """Whether numeral dates of a text with slashes or hyphens start with the day."""
    votes = 0
    for match in _YEAR_LAST.finditer(text):
        first, second = int(match["first"]), int(match["second"])
        if match["sign"] != "." and first <= 31 and second <= 31:
            votes += (first > 12) - (second > 12)
    if votes == 0:
        votes = sum(1 for _ in _DAY_WORDS.finditer(text)) - sum(1 for _ in _WORDS_DAY.finditer(text))
    if votes == 0:
        return _DOLLARS.search(text) is None or language_of(text) not in ("", "English")
    return votes > 0


def _day(match: re.Match[str], day_first: bool) -> date | None:
    groups = match.groupdict()
    if "first" in groups:
        first, second = int(groups["first"]), int(groups["second"])
        straight = day_first or groups["sign"] == "."
        day, month = (first, second) if straight else (second, first)
    else:
        day = int(groups["day"])
        month = MONTHS.get(groups["month"].lower()) or int(groups["month"])
    try:
        return date(_year(groups["year"]), month, day)
    except ValueError:
        return None


def _year(written: str) -> int:
    number = int(written.strip(_APOSTROPHES))
    if len(written.strip(_APOSTROPHES)) == 4:
        return number
    return number + (2000 if number < 69 else 1900)


def _without_overlaps(found: list[FoundDate]) -> list[FoundDate]:
    kept: list[FoundDate] = []
    for each in found:
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept
