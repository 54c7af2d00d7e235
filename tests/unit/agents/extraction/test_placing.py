import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.documents.extraction.placing import QUOTE, place_text, quote_around
from desktop.agents.evidence.quotations import Quotable

TEXT = "From: Müller & Söhne GmbH\nInvoice INV-2026-0042 of May\nSecond line, and"


@pytest.mark.parametrize(
    ("copied", "stands"),
    [
        ("Müller & Söhne GmbH", "Müller & Söhne GmbH"),
        ("INV-2026-0042", "INV-2026-0042"),
        ("müller & söhne gmbh", "Müller & Söhne GmbH"),
        ("Muller & Söhne GmbH", "Müller & Söhne GmbH"),
        ("INV-2026-042", "INV-2026-0042"),
        ("of May Second", "of May\nSecond"),
        ("GmbH, Müller & Söhne", "Müller & Söhne GmbH"),
        ("Second line,", "Second line"),
    ],
)
def test_a_copy_is_found_where_it_stands_and_slips_are_repaired(copied: str, stands: str) -> None:
    place = place_text(Quotable(TEXT), copied)
    assert place is not None
    assert TEXT[slice(*place)] == stands


@pytest.mark.parametrize("copied", ["", "...", "Acme Corporation", "4711", "x " * 40])
def test_what_does_not_stand_in_the_text_has_no_place(copied: str) -> None:
    assert place_text(Quotable(TEXT), copied) is None


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("We work with them, all of us.", "IT"),
        ("discussed at length", "US"),
        ("1120 Euro", "12"),
        ("We 112 met", "we 1"),
    ],
)
def test_parts_of_words_and_numbers_are_no_places(text: str, copied: str) -> None:
    assert place_text(Quotable(text), copied) is None


def test_of_several_places_the_first_one_from_there_on_is_taken() -> None:
    text = "France is mentioned here.\nThe place of incorporation is France."
    place = place_text(Quotable(text), "France", near=30)
    assert place is not None
    assert place[0] == text.rindex("France")
    other_case = place_text(Quotable(text), "FRANCE", near=30)
    assert other_case == place


def test_a_quote_is_the_line_of_a_place() -> None:
    start = TEXT.index("INV")
    assert quote_around(TEXT, start, start + 13) == "Invoice INV-2026-0042 of May"


@given(st.text(alphabet="ab \n", min_size=1, max_size=600), st.data())
def test_a_quote_stands_in_the_text_word_for_word_and_is_short(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, min(len(text), start + 20)))
    quote = quote_around(text, start, end)
    assert quote in text
    assert text[start:end].strip() in quote
    assert len(quote) <= QUOTE + 20
