from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.evidence.number_forms import decimal_sign, find_numbers, parse_number

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)
FORMS = {
    "en": (lambda amount: f"{amount:,.2f}", "."),
    "de": (lambda amount: f"{amount:,.2f}".translate(str.maketrans(",.", ".,")), ","),
    "de-CH": (lambda amount: f"{amount:,.2f}".replace(",", "'"), "."),
    "de-CH, typographic": (lambda amount: f"{amount:,.2f}".replace(",", "\u2019"), "."),
    "ISO": (lambda amount: f"{amount:.2f}", "."),
    "SI": (lambda amount: f"{amount:,.2f}".replace(".", ";").replace(",", "\u202f").replace(";", ","), ","),
}


def values(text: str) -> list[float]:
    return [number.value for number in find_numbers(text)]


@pytest.mark.parametrize("form", FORMS)
@given(amount=AMOUNTS)
def test_an_amount_with_cents_is_read_back_in_every_form_whatever_the_document_uses(form: str, amount: Decimal) -> None:
    write, _ = FORMS[form]
    assert parse_number(write(amount), ".") == parse_number(write(amount), ",") == float(amount)


@pytest.mark.parametrize("form", FORMS)
@given(amount=st.integers(min_value=0, max_value=10**12))
def test_whole_numbers_with_groups_are_read_back_by_the_documents_decimal_sign(form: str, amount: int) -> None:
    write, sign = FORMS[form]
    written = write(Decimal(amount)).removesuffix(".00").removesuffix(",00")
    assert parse_number(written, sign) == amount


@pytest.mark.parametrize("form", FORMS)
@given(amount=AMOUNTS, negative=st.booleans())
def test_a_number_in_a_sentence_is_found_with_its_sign_and_is_what_was_written(
    form: str, amount: Decimal, negative: bool
) -> None:
    written = ("-" if negative else "") + FORMS[form][0](amount)
    text = f"Total {written} EUR."
    (found,) = [each for each in find_numbers(text) if text[each.start : each.end] == written]
    assert found.value == (-float(amount) if negative else float(amount))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Summe 1.234 EUR, davon 12,50 EUR", [1234, 12.5]),
        ("a sum of 1.234 m and 12.50 m", [1.234, 12.5]),
        ("Die Länge ist 1.234 und nicht mehr", [1234]),
        ("the sum is 1,234 and that is all", [1234]),
        ("EUR1.000,00", [1000]),
        ("(1,234.50)", [-1234.5]),
        ("45,00-", [-45]),
        ("\u221212.5", [-12.5]),
        ("-€5.00", [-5]),
        ("revenue of 3.4 million", [3_400_000]),
        ("3,5 Mio. €", [3_500_000]),
        ("0.125", [0.125]),
        ("1.234.567", [1234567]),
    ],
)
def test_numbers_are_read_as_the_document_means_them(text: str, expected: list[float]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize("text", ["INV-2024-001", "1.2.3", "192.168.0.1", "AB12", "7/2024", "12.34,56.78", "1" * 19])
def test_digits_within_other_signs_are_no_numbers(text: str) -> None:
    assert values(text) == []


def test_thousands_with_plain_spaces_are_offered_beside_their_parts() -> None:
    assert values("2 450,00") == [2450, 2, 450]


def test_a_percentage_is_told_apart() -> None:
    assert [(each.value, each.percent) for each in find_numbers("19 % of 20")] == [(19, True), (20, False)]


@pytest.mark.parametrize(("text", "sign"), [("1.234.567", ","), ("1,234,567", "."), ("12,5", ","), ("", ".")])
def test_the_decimal_sign_shows_in_numbers_that_can_be_read_in_one_way_only(text: str, sign: str) -> None:
    assert decimal_sign(text) == sign


@given(st.text(alphabet="0123456789.,'- ()€%aE\n", max_size=200))
def test_whatever_stands_in_a_text_found_numbers_lie_in_it(text: str) -> None:
    for found in find_numbers(text):
        assert 0 <= found.start < found.end <= len(text)
        assert any(sign.isdigit() for sign in text[found.start : found.end])


@pytest.mark.parametrize("piece", ["1", "1.", "1 ", "-1", "(", "1 000 ", "EUR "])
def test_a_megabyte_on_one_line_is_read_to_its_end(piece: str) -> None:
    assert isinstance(find_numbers(piece * (200_000 // len(piece))), list)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a fee of $25k", 25_000),
        ("raised $5M.", 5_000_000),
        ("a beam of 5 M", 5),
        ("rund 5 mio. Stück", 5_000_000),
        ("costs 1.234 €", 1234),
        ("1.234,- EUR", 1234),
        ("weighs 1.234 kg in all", 1.234),
        ("1,00,000 rupees", 100_000),
    ],
)
def test_money_is_grouped_and_magnitudes_count_behind_it(text: str, value: float) -> None:
    assert [found.value for found in find_numbers(text)] == [value]
