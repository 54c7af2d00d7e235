import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.evidence.date_forms import find_dates, puts_day_first

ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31))
FORMS = {
    "ISO": lambda day: day.isoformat(),
    "ISO with slashes": lambda day: f"{day:%Y/%m/%d}",
    "DIN 5008": lambda day: f"{day:%d.%m.%Y}",
    "without zeros": lambda day: f"{day.day}.{day.month}.{day.year}",
    "short year": lambda day: f"{day:%d.%m.%y}",
    "German words": lambda day: f"{day.day}. {GERMAN[day.month - 1]} {day.year}",
    "German short": lambda day: f"{day.day}. {GERMAN[day.month - 1][:3]}. {day.year}",
    "British words": lambda day: f"{day.day} {ENGLISH[day.month - 1]} {day.year}",
    "British ordinal": lambda day: f"{day.day}th of {ENGLISH[day.month - 1]}, {day.year}",
    "American words": lambda day: f"{ENGLISH[day.month - 1]} {day.day}, {day.year}",
    "hyphens": lambda day: f"{day.day:02}-{ENGLISH[day.month - 1][:3]}-{day.year}",
}


@pytest.mark.parametrize("form", FORMS)
@given(day=DAYS)
def test_a_date_in_a_sentence_is_found_and_read_back_in_every_form(form: str, day: date) -> None:
    written = FORMS[form](day)
    text = f"It is {written}; no more"
    (found,) = find_dates(text)
    assert (text[found.start : found.end], found.value) == (written, day)


@given(day=DAYS)
def test_slashes_are_read_in_the_order_that_is_asked_for(day: date) -> None:
    assert find_dates(f"{day:%d/%m/%Y}", day_first=True)[0].value == day
    assert find_dates(f"{day:%m/%d/%Y}", day_first=False)[0].value == day


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("13/02/2026 and 01/02/2026", True),
        ("02/13/2026 and 01/02/2026", False),
        ("March 5, 2026 or 01/02/2026", False),
        ("5 March 2026 or 01/02/2026", True),
        ("the price is $5 on 01/02/2026", False),
        ("die Rechnung vom 01/02/2026 über $5 ist bezahlt", True),
        ("the price is £5 on 01/02/2026", True),
    ],
)
def test_the_document_itself_says_whether_the_day_goes_first(text: str, first: bool) -> None:
    assert puts_day_first(text) is first


@pytest.mark.parametrize("text", ["31.02.2026", "1.2.3.4", "99/99/2026", "2026-13-01", "A1.2.2026", "Mayer 5, 2026x"])
def test_what_is_no_day_of_the_calendar_is_no_date(text: str) -> None:
    assert find_dates(text) == []


@given(st.text(alphabet="0123456789./- ,JanMaiof\n", max_size=200))
def test_dates_found_in_any_text_lie_in_it_and_apart(text: str) -> None:
    found = find_dates(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    assert all(0 <= each.start < each.end <= len(text) for each in found)


@pytest.mark.parametrize("piece", ["1.1.20", "Jan ", "1 of ", "12 \n", " ", "12/12/"])
def test_a_long_line_without_end_is_read_to_its_end(piece: str) -> None:
    assert isinstance(find_dates(piece * (200_000 // len(piece))), list)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-15T10:00:00Z", ["2024-03-15"]),
        ("03.05.2024-05.06.2024", ["2024-05-03", "2024-06-05"]),
        ("15.03.2024,10:30", ["2024-03-15"]),
        ("the 5th day of March, 2024", ["2024-03-05"]),
        ("le 12 mars 2024 et le 1er août 2024", ["2024-03-12", "2024-08-01"]),
        ("el 12 de marzo de 2024", ["2024-03-12"]),
        ("12 gennaio 2024, 3 maart 2024, 4 de março de 2024", ["2024-01-12", "2024-03-03", "2024-03-04"]),
    ],
)
def test_timestamps_ranges_and_other_languages_months_are_dates(text: str, expected: list[str]) -> None:
    assert [found.value.isoformat() for found in find_dates(text)] == expected
