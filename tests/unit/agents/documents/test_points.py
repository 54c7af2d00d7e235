import pytest

from desktop.agents.documents.points import Point, Span, distinct, figures, is_supported

SPAN = Span(document="a", start=0, end=9)


@pytest.mark.parametrize(
    ("text", "quote", "supported"),
    [
        ("The rent is 2,850.00 euros.", "Die Miete beträgt 2.850,00 EUR.", True),
        ("The lease runs for 5 years.", "Die Miete läuft fünf Jahre.", True),
        ("It begins on 2025-04-01.", "Das Mietverhältnis beginnt am 1. April 2025.", True),
        ("The rent is 2,900 euros.", "Die Miete beträgt 2.850,00 EUR.", False),
        ("The committee closed the bridge.", "The bridge was closed by the committee for lorries.", True),
        ("The author likes green apples very much.", "The bridge was closed by the committee.", False),
        ("Yes.", "The bridge was closed by the committee.", True),
    ],
)
def test_a_point_needs_the_figures_and_words_of_its_sentences(text: str, quote: str, *, supported: bool) -> None:
    assert is_supported(text, [quote]) is supported


def test_figures_are_the_same_in_both_ways_of_writing() -> None:
    assert figures("1.234,50 and 007") == figures("1,234.50 and 7") == {"123450", "7"}


def test_points_that_say_the_same_or_nothing_are_left_out() -> None:
    points = [Point(text="The bridge, closed.", spans=(SPAN,)), Point(text="the bridge closed", spans=(SPAN,))]
    assert distinct([*points, Point(text="!", spans=(SPAN,)), Point(text="x", spans=())]) == points[:1]
