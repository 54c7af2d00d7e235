import pytest

from desktop.agents.documents.extraction import Field, FieldType, parse_fields
from desktop.agents.documents.extraction.candidates import SearchedText, decided, eligible
from desktop.agents.documents.extraction.lexicon import concept_of

DUE = Field(name="due_date", type=FieldType.DATE)
TOTAL = Field(name="total", type=FieldType.NUMBER)


def written(text: str, field: Field) -> list[str]:
    return [each.written for each in SearchedText(text).candidates(field)]


def test_a_value_beside_its_own_label_goes_first() -> None:
    text = "Order date: 1 May 2026\nInvoice date: 2 May 2026\nDue date: 3 June 2026\n"
    assert written(text, DUE)[0] == "3 June 2026"
    assert written("Netto 10,00\nMwSt. 1,90\nGesamtbetrag 11,90 EUR", TOTAL)[0] == "11,90"


def test_labels_work_within_a_sentence_and_behind_a_value() -> None:
    assert written("Invoice dated 1 May 2026, payable by 9 May 2026.", DUE)[0] == "9 May 2026"
    assert written("10,00 netto\n11,90 brutto", TOTAL)[0] == "11,90"


def test_a_label_may_stand_on_the_line_above() -> None:
    assert written("Other 5\nGrand total\n11.90\nMore\n7", TOTAL)[0] == "11.90"


def test_numbers_within_dates_are_no_numbers() -> None:
    assert written("On 3 June 2026 it was 7", TOTAL) == ["7"]


def test_earlier_balances_and_discounts_do_not_state_a_total() -> None:
    text = "Previous invoice 17: total 99.00\nTotal 50.00\nTotal 49.00 less 2 % discount"
    winner = decided(SearchedText(text).candidates(TOTAL))
    assert winner is not None
    assert winner.value == 50


def test_two_values_with_the_same_label_are_in_doubt() -> None:
    assert decided(SearchedText("Total 5.00\nTotal 6.00").candidates(TOTAL)) is None


def test_without_any_label_nothing_is_decided() -> None:
    assert decided(SearchedText("5.00 and 6.00").candidates(TOTAL)) is None
    assert decided([]) is None


def test_percentages_give_way_unless_they_are_asked_for() -> None:
    assert written("VAT 19 % 3.80", Field(name="vat", type=FieldType.NUMBER))[0] == "3.80"
    assert written("VAT 3.80, that is 19 %", Field(name="vat_rate", type=FieldType.NUMBER))[0] == "19"


@pytest.mark.parametrize(
    ("field", "concept"),
    [
        (TOTAL, "total"),
        (Field(name="totalAmount"), "total"),
        (Field(name="betrag", hint="Gesamtbetrag"), "total"),
        (Field(name="total_employees"), None),
        (Field(name="employees", hint="total number of staff"), None),
    ],
)
def test_a_field_has_the_concept_of_a_label_only_if_its_whole_name_is_one(field: Field, concept: str | None) -> None:
    assert concept_of(field) == concept


def test_a_field_of_no_concept_is_matched_by_its_own_words() -> None:
    field = Field(name="employees", type=FieldType.NUMBER, hint="people who work there")
    assert written("Founded 1987.\nToday 412\nThere work people: 77 employees", field)[0] == "77"


def test_a_text_beside_its_own_label_is_a_candidate_in_a_row_a_cell_or_a_form() -> None:
    customer = Field(name="customer")
    for text in (
        "Customer: Ben Ltd\n",
        "Customer | Ben Ltd",
        "Customer      Ben Ltd",
        "Customer Ben Ltd\nDate 1 May 2026",
    ):
        winner = decided(SearchedText(text).candidates(customer))
        assert winner is not None
        assert winner.value == "Ben Ltd"


def test_a_sentence_that_begins_like_a_label_decides_nothing() -> None:
    customer = Field(name="customer")
    assert decided(SearchedText("Customer Service is open").candidates(customer)) is None
    assert SearchedText("Customer service is open").candidates(customer) == []
    assert SearchedText("Customer\nmore").candidates(customer) == []


def test_the_entries_of_a_list_and_what_other_labels_claim_are_not_offered_while_something_else_is() -> None:
    text = "Delivery date: 1 May 2026\nTax point: 2 May 2026\n3 May 2026 paid\n4 May 2026 paid"
    field = Field(name="invoice_date", type=FieldType.DATE)
    assert [each.written for each in eligible(SearchedText(text).candidates(field), field)] == ["2 May 2026"]
    assert len(eligible(SearchedText("Delivery date: 1 May 2026").candidates(field), field)) == 1


def test_an_identifier_is_a_word_with_digits_that_is_no_date_and_no_amount() -> None:
    text = "Invoice No. RE-2026/17 of 1.5.2026 over 12,50 EUR, IBAN DE02 1203 0000 0000 2020 51"
    found = {each.written for each in SearchedText(text).identifiers(Field(name="invoice_number"))}
    assert found == {"RE-2026/17", "DE02 1203 0000 0000 2020 51"}


def test_an_unlabelled_number_beside_a_label_of_no_concept_goes_before_the_rows_of_a_table() -> None:
    text = "Chair 2 5.00 10.00\nGoods 40.00\nVAT 4.00"
    assert written(text, Field(name="net", type=FieldType.NUMBER))[0] == "40.00"


@pytest.mark.parametrize("piece", ["a1 ", "1 1", "a.", "#-1", "1/", "1 23/"])
def test_identifiers_are_looked_for_in_long_lines_to_their_end(piece: str) -> None:
    text = SearchedText(piece * (100_000 // len(piece)))
    assert isinstance(text.identifiers(Field(name="id")), list)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("delivery_date:date", "Order date: 2024-05-01"),
        ("valid_until:date", "Printed on 2024-05-01"),
        ("deposit:number", "Previous balance: 500.00"),
        ("monthly_salary:number", "Annual salary: 60,000"),
        ("kaltmiete:number", "Warmmiete: 1.000,00"),
        ("discount:number", "Late fee: 40"),
        ("total:number", "Total pages: 12"),
        ("total:number", "Our liability ends at a total amount of 25,000.00 for each case"),
    ],
)
def test_the_label_of_a_similar_thing_decides_nothing(name: str, text: str) -> None:
    (field,) = parse_fields(name)
    assert decided(SearchedText(text).candidates(field)) is None


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("revenue:number", "Revenue 5,200 (previous year 4,800)", "5,200"),
        ("glucose:number", "Glucose 5.4 mmol/L, last year 6.1", "5.4"),
        ("liability_cap:number", "liability ends at a total amount of 25,000 EUR\nFee 40", "25,000"),
        ("umsatz:number", "Umsatz: 1.200.000 EUR\nMarge: 5 %", "1.200.000"),
        ("corporate_tax:number", "Corporate tax: 19 % of 1,000 are 190.00", "190.00"),
        ("hourly_rate:number", "Hourly rate: 85.00 EUR\nDiscount 5 %", "85.00"),
        ("total:number", "Previous year: total 4,800\nTotal 5,200", "5,200"),
    ],
)
def test_a_distraction_never_takes_the_right_value_out_of_the_choices(name: str, text: str, wanted: str) -> None:
    (field,) = parse_fields(name)
    assert wanted in [each.written for each in eligible(SearchedText(text).candidates(field), field)]


def test_of_a_rate_and_the_tax_the_amount_is_the_tax() -> None:
    winner = decided(SearchedText("Umsatzsteuer 19 %: 190,00 EUR").candidates(Field(name="ust", type=FieldType.NUMBER)))
    assert winner is not None
    assert winner.value == 190


def test_a_birth_date_of_two_digits_lies_before_the_documents_other_dates() -> None:
    born = Field(name="date_of_birth", type=FieldType.DATE)
    text = "Aufnahme am 03.04.2024. Geburtsdatum: 14.02.52"
    assert SearchedText(text).candidates(born)[0].value == "1952-02-14"


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("iban", "IBAN GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19"),
        ("invoice_number", "Invoice 10045 2024-03-15", "10045"),
        ("invoice_number", "that we delivered on 30 March 2026 we send you our invoice 062332 dated 7 April", "062332"),
        ("invoice_number", "Unsere Rechnung 2025/48459 vom 07.08.2025\n1150 und 2", "2025/48459"),
    ],
)
def test_an_identifier_is_found_in_the_words_around_it(name: str, text: str, wanted: str) -> None:
    assert SearchedText(text).identifiers(Field(name=name))[0].written == wanted


def test_an_identifier_in_a_list_of_earlier_ones_comes_after_the_papers_own() -> None:
    text = "1 May 2025 | Invoice 1150 | 3.00\n13 May 2025 | Invoice 1162 | 4.00\nFor the goods see our invoice 77/8."
    field = Field(name="invoice_number")
    assert SearchedText(text).identifiers(field)[0].written == "77/8"


def test_figures_that_add_up_confirm_each_other_where_a_label_is_missing() -> None:
    text = "Paid 300.00\nGoods and services 100.00\nTax at 20 % 20.00\nTo pay 120.00\nBalance 99.00"
    net = Field(name="net", type=FieldType.NUMBER)
    winner = decided(SearchedText(text).candidates(net))
    assert winner is not None
    assert winner.value == 100


def test_figures_that_add_up_in_two_ways_confirm_nothing() -> None:
    text = "Total 120.00\nTax 20.00\nTotal 60.00\nTax 10.00\nItems 100.00 and 50.00"
    assert decided(SearchedText(text).candidates(Field(name="net", type=FieldType.NUMBER))) is None


def test_a_day_until_which_a_discount_holds_is_not_the_day_on_which_payment_is_due() -> None:
    text = "Zahlungsziel: 01.08.2025\nBei Zahlung bis 25.07.2025 abzüglich 2 % Skonto: 23.430,88 EUR."
    winner = decided(SearchedText(text).candidates(DUE))
    assert winner is not None
    assert winner.value == "2025-08-01"


def test_the_date_of_a_previous_invoice_is_not_offered_as_the_invoices_own() -> None:
    text = "Tax point: 22 November 2025\nPrevious invoice SI2509-78519 of 23 September 2025: total 5.00, paid."
    field = Field(name="invoice_date", type=FieldType.DATE)
    assert [each.written for each in eligible(SearchedText(text).candidates(field), field)] == ["22 November 2025"]


def test_a_number_between_a_paper_and_its_date_does_not_hide_the_date() -> None:
    text = "für die am 09.05.2025 bestellten Waren erhalten Sie unsere Rechnung 2025/48459 vom 26.05.2025."
    winner = decided(SearchedText(text).candidates(Field(name="invoice_date", type=FieldType.DATE)))
    assert winner is not None
    assert winner.value == "2025-05-26"
