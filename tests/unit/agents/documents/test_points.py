from desktop.agents.documents.points import Point, Span, distinct
from desktop.agents.evidence.statements import count_words, is_statement, one_line, sentence_alone

SPAN = Span(document="a", start=0, end=9)


def test_points_that_say_the_same_or_nothing_are_left_out() -> None:
    points = [Point(text="The bridge, closed.", spans=(SPAN,)), Point(text="the bridge closed", spans=(SPAN,))]
    nothing = [Point(text="!", spans=(SPAN,)), Point(text="3 [3]", spans=(SPAN,)), Point(text="word", spans=())]
    assert distinct([*points, *nothing]) == points[:1]


def test_words_are_counted_in_scripts_without_spaces_too() -> None:
    assert count_words("It costs 3 EUR a day.") == 4
    assert count_words("\u5408\u540c\u671f\u9650\u4e3a\u4e09\u5e74") == 3  # seven signs


def test_a_short_numbered_heading_is_no_part_of_its_sentence() -> None:
    assert sentence_alone("\u00a7 3 Miete\nDie Miete\nbetr\u00e4gt viel.") == "Die Miete betr\u00e4gt viel."
    assert sentence_alone("3. Price\nThe Customer pays.") == "The Customer pays."
    assert sentence_alone("The\nCommittee pays 3 Euro\nAll year.") == "The Committee pays 3 Euro All year."


def test_words_that_were_hyphenated_at_line_ends_are_put_together() -> None:
    assert one_line("The agree-\nment  of Nord-\nSüd\nis no\u00adted") == "The agreement of Nord- Süd is noted"


def test_headings_rows_of_numbers_and_what_was_cut_off_state_nothing() -> None:
    assert is_statement("The office closes.")
    assert is_statement("the rent of the whole house per month")
    cut_off = "and the Supplier provides the staff, " * 12
    for nothing in (
        cut_off,
        "Miete über die Grundmiete",
        "3",
        "12 34 55 66 77 88",
        "The office closes in the …",
        "Yes.",
    ):
        assert not is_statement(nothing)
